import KerfAlgebra
import KerfDecomposition

/// Draws rows of the patch matrix: what a kernel sees at sampled output positions.
///
/// A row of group `g` is `x[b, c, (y·s + i·d − pad)/u]` for `(c, i…)` in the order of the kernel's unfolding `[N, C/g·∏k]`; outside the image and
/// between its pixels, which stand `u` apart in transposed convolutions, it is 0.
struct PatchSampler {
  let kernel: ConvolutionKernel
  /// `[B, C, d…]`, or `[…, C]` for a dense layer.
  let inputShape: [Int]
  let outputShape: [Int]
  /// Output positions of one image.
  private let area: Int

  init(kernel: ConvolutionKernel, inputShape: [Int], outputShape: [Int]) {
    self.kernel = kernel
    self.inputShape = inputShape
    self.outputShape = outputShape
    area = kernel.spatial.isEmpty ? 1 : outputShape[2...].reduce(1, *)
  }

  /// Positions (image, place) in the batch, flattened.
  var positionCount: Int { outputShape.reduce(1, *) / kernel.outputs }

  /// `count` positions spread evenly: one drawn at random from each of `count` equal stretches.
  func positions(_ count: Int, seed: UInt64) -> [Int] {
    let total = positionCount
    guard count < total else { return Array(0..<total) }
    var random = SeededGenerator(seed: seed)
    return (0..<count).map { i in
      let (from, to) = (i * total / count, (i + 1) * total / count)
      return from + Int(random.next() % UInt64(to - from))
    }
  }

  /// The patches of one group at `positions`, row-major `[positions, C/g·∏k]`.
  func patches(of x: [Float], group: Int, positions: [Int]) -> [Float] {
    let perGroup = kernel.shape[1]
    let spatial = kernel.spatial
    let width = perGroup * spatial.reduce(1, *)
    var rows = [Float](repeating: 0, count: positions.count * width)
    if spatial.isEmpty {
      for (row, position) in positions.enumerated() {
        for c in 0..<width { rows[row * width + c] = x[position * inputShape[inputShape.count - 1] + c] }
      }
      return rows
    }
    // Fewer spatial axes are three with outer ones of extent 1.
    func three(_ list: some Collection<Int>, _ filler: Int) -> [Int] { Array(repeating: filler, count: 3 - list.count) + list }
    let (taps, strides, dilations) = (three(spatial, 1), three(kernel.strides, 1), three(kernel.dilations, 1))
    let (before, input, output) = (three(kernel.pads.prefix(spatial.count), 0), three(inputShape[2...], 1), three(outputShape[2...], 1))
    let spacing = three(kernel.upsampling, 1)
    let plane = input.reduce(1, *)
    /// The pixels along one axis that the taps meet, `nil` for zeros.
    func pixels(_ axis: Int, _ position: Int) -> [Int?] {
      (0..<taps[axis]).map { tap in
        let place = position * strides[axis] + tap * dilations[axis] - before[axis]
        return place >= 0 && place % spacing[axis] == 0 && place / spacing[axis] < input[axis] ? place / spacing[axis] : nil
      }
    }
    for (row, position) in positions.enumerated() {
      let (image, place) = position.quotientAndRemainder(dividingBy: area)
      let (planes, lines) = (pixels(0, place / (output[1] * output[2])), pixels(1, place / output[2] % output[1]))
      let columns = pixels(2, place % output[2])
      var target = row * width
      for c in 0..<perGroup {
        let start = (image * kernel.inputs + group * perGroup + c) * plane
        for z in planes {
          for y in lines {
            for column in columns {
              if let z, let y, let column { rows[target] = x[start + (z * input[1] + y) * input[2] + column] }
              target += 1
            }
          }
        }
      }
    }
    return rows
  }

  /// The responses of one group at `positions`, row-major `[positions, N/g]`.
  func responses(of y: [Float], group: Int, positions: [Int]) -> [Float] {
    let perGroup = kernel.outputs / kernel.groups
    var rows = [Float](repeating: 0, count: positions.count * perGroup)
    for (row, position) in positions.enumerated() {
      let (image, place) = position.quotientAndRemainder(dividingBy: area)
      let start = (image * kernel.outputs + group * perGroup) * area + place
      for n in 0..<perGroup { rows[row * perGroup + n] = y[start + n * area] }
    }
    return rows
  }
}
