/// Where an element of a broadcast shape lies in an operand of a smaller one.
struct BroadcastIndex {
  /// Per axis of the large shape, innermost first: its extent and the operand's step along it.
  private let axes: [(extent: Int, step: Int)]

  /// `from` must broadcast to `shape`.
  init(_ from: some Collection<Int>, to shape: [Int]) {
    let from = Array(from)
    var axes: [(extent: Int, step: Int)] = []
    var step = 1
    for i in 0..<shape.count {
      let extent = i < from.count ? from[from.count - 1 - i] : 1
      axes.append((shape[shape.count - 1 - i], extent == 1 ? 0 : step))
      step *= extent
    }
    self.axes = axes
  }

  /// The operand's place for the flat place `i` in the large shape.
  subscript(i: Int) -> Int {
    var rest = i
    var place = 0
    for axis in axes {
      place += rest % axis.extent * axis.step
      rest /= axis.extent
    }
    return place
  }
}
