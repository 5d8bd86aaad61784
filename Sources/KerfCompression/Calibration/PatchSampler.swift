import KerfAlgebra
import KerfDecomposition

/// Draws rows of the patch matrix: what a kernel sees at sampled output positions.
///
/// A row of group `g` is `x[b, c, y·s + i·d − pad]` for `(c, i…)` in the order of the kernel's unfolding `[N, C/g·∏k]`; outside the image it is 0.
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
    // One or three spatial axes are seen as two by an outer extent of 1: only 1-D and 2-D kernels reach this place.
    let two = { (list: [Int], filler: Int) in list.count == 1 ? [filler] + list : list }
    let (kh, kw) = (two(spatial, 1)[0], two(spatial, 1)[1])
    let (sh, sw) = (two(kernel.strides, 1)[0], two(kernel.strides, 1)[1])
    let (dh, dw) = (two(kernel.dilations, 1)[0], two(kernel.dilations, 1)[1])
    let before = two(Array(kernel.pads.prefix(spatial.count)), 0)
    let input = two(Array(inputShape[2...]), 1)
    let outputWidth = outputShape[outputShape.count - 1]
    let (height, imageWidth) = (input[0], input[1])
    let plane = height * imageWidth
    for (row, position) in positions.enumerated() {
      let (image, place) = position.quotientAndRemainder(dividingBy: area)
      let (oy, ox) = place.quotientAndRemainder(dividingBy: outputWidth)
      var target = row * width
      for c in 0..<perGroup {
        let start = (image * kernel.inputs + group * perGroup + c) * plane
        for i in 0..<kh {
          let y = oy * sh + i * dh - before[0]
          for j in 0..<kw {
            let column = ox * sw + j * dw - before[1]
            if y >= 0, y < height, column >= 0, column < imageWidth { rows[target] = x[start + y * imageWidth + column] }
            target += 1
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
