import KerfGraph

/// Three spatial axes, outermost first: fewer are led by axes of extent 1, so that loops are written once.
struct SpatialAxes {
  let input, output: [Int]
  let axes: [Window.Axis]

  /// Fails above three axes.
  init?(input: [Int], output: [Int], axes: [Window.Axis]) {
    guard input.count <= 3 else { return nil }
    let missing = 3 - input.count
    let ones = Array(repeating: 1, count: missing)
    self.input = ones + input
    self.output = ones + output
    self.axes = Array(repeating: Window.Axis(kernel: 1, stride: 1, dilation: 1, before: 0, after: 0), count: missing) + axes
  }

  var inputCount: Int { input.saturatingProduct }
  var outputCount: Int { output.saturatingProduct }
  var kernelCount: Int { axes.map(\.kernel).saturatingProduct }

  /// The output positions along an axis whose tap `k` lies inside the input: `0 ≤ o·stride + k·dilation − before < input`.
  func positions(axis: Int, tap: Int) -> Range<Int> {
    let a = axes[axis]
    let offset = tap * a.dilation - a.before
    let first = offset >= 0 ? 0 : (-offset + a.stride - 1) / a.stride
    let room = input[axis] - offset
    let end = room <= 0 ? 0 : (room + a.stride - 1) / a.stride
    return first..<max(first, min(end, output[axis]))
  }

  /// The taps along an axis that lie inside the input at an output position, and the input position of tap 0.
  func taps(axis: Int, position: Int) -> (range: Range<Int>, origin: Int) {
    let a = axes[axis]
    let origin = position * a.stride - a.before
    let first = origin >= 0 ? 0 : (-origin + a.dilation - 1) / a.dilation
    let room = input[axis] - origin
    let end = room <= 0 ? 0 : (room + a.dilation - 1) / a.dilation
    return (first..<max(first, min(end, a.kernel)), origin)
  }
}
