import KerfDecomposition

/// An image of any number of spatial axes, `[C, extents…]`, and the plainest possible convolution.
struct PlainImage {
  var values: [Double]
  let channels: Int
  let extents: [Int]

  init(channels: Int, extents: [Int], _ value: () -> Double) {
    self.channels = channels
    self.extents = extents
    values = (0..<channels * extents.reduce(1, *)).map { _ in value() }
  }

  func at(_ channel: Int, _ position: [Int]) -> Double {
    var index = channel
    for axis in extents.indices {
      if position[axis] < 0 || position[axis] >= extents[axis] { return 0 }
      index = index * extents[axis] + position[axis]
    }
    return values[index]
  }
}

/// All positions of a grid, row-major.
func positions(_ extents: [Int]) -> [[Int]] {
  extents.reduce([[]]) { prefixes, extent in prefixes.flatMap { prefix in (0..<extent).map { prefix + [$0] } } }
}

extension ConvolutionKernel {
  /// The patch `(c, k…)` of all channels that each output position reads.
  func patches(_ image: PlainImage) -> [[Double]] {
    positions(outputExtents(forInput: image.extents)).map { output in
      (0..<inputs).flatMap { channel in
        positions(spatial).map { tap in
          let place = spatial.indices.map { output[$0] * strides[$0] + tap[$0] * dilations[$0] - pads[$0] }
          let meetsPixel = spatial.indices.allSatisfy { place[$0] % upsampling[$0] == 0 }
          return meetsPixel ? image.at(channel, spatial.indices.map { place[$0] / upsampling[$0] }) : 0
        }
      }
    }
  }

  /// The response and the number of multiply-adds made, those on padding and on what is cut included.
  func applied(to image: PlainImage) -> (image: PlainImage, macs: Int) {
    if isTransposed { return transposed.applied(to: image, bias: bias) }
    let extents = outputExtents(forInput: image.extents)
    if let selection {
      let area = image.extents.reduce(1, *)
      var result = PlainImage(channels: selection.count, extents: extents) { 0 }
      result.values = selection.flatMap { Array(image.values[$0 * area..<($0 + 1) * area]) }
      return (result, 0)
    }
    var result = PlainImage(channels: outputs, extents: extents) { 0 }
    var macs = 0
    let area = extents.reduce(1, *)
    let (n, d) = (outputs / groups, shape[1] * spatial.reduce(1, *))
    for (place, patch) in patches(image).enumerated() {
      for output in 0..<outputs {
        var sum = Double(bias?[output] ?? 0)
        for element in 0..<d {
          sum += Double(weights[output * d + element]) * patch[output / n * d + element]
          macs += 1
        }
        result.values[output * area + place] = sum
      }
    }
    return (result, macs)
  }
}

extension ConvolutionKernel.Transposed {
  /// A scaled copy of the kernel for every pixel: `y[n, i·s + k·d − before] += W[c, n, k]·x[c, i]`.
  func applied(to image: PlainImage, bias: [Float]?) -> (image: PlainImage, macs: Int) {
    let (channels, perGroup, kernel) = (shape[0], shape[1], Array(shape[2...]))
    let axes = kernel.indices
    let extents = axes.map {
      strides[$0] * (image.extents[$0] - 1) + dilations[$0] * (kernel[$0] - 1) + 1 + outputPadding[$0] - pads[$0] - pads[$0 + axes.count]
    }
    var result = PlainImage(channels: perGroup * groups, extents: extents) { 0 }
    let area = extents.reduce(1, *)
    for i in result.values.indices { result.values[i] = Double(bias?[i / area] ?? 0) }
    var macs = 0
    for channel in 0..<channels {
      for pixel in positions(image.extents) {
        for n in 0..<perGroup {
          for (element, tap) in positions(kernel).enumerated() {
            macs += 1
            let place = axes.map { pixel[$0] * strides[$0] + tap[$0] * dilations[$0] - pads[$0] }
            guard axes.allSatisfy({ (0..<extents[$0]).contains(place[$0]) }) else { continue }
            let output = channel / (channels / groups) * perGroup + n
            let index = zip(place, extents).reduce(output) { $0 * $1.1 + $1.0 }
            let weight = weights[(channel * perGroup + n) * kernel.reduce(1, *) + element]
            result.values[index] += Double(weight) * image.at(channel, pixel)
          }
        }
      }
    }
    return (result, macs)
  }
}

extension LayerForm {
  func applied(to image: PlainImage) -> (image: PlainImage, macs: Int) {
    factors.reduce((image, 0)) { state, factor in
      let (next, macs) = factor.applied(to: state.0)
      return (next, state.1 + macs)
    }
  }
}

/// `‖a − b‖ / ‖b‖`.
func relativeDistance(_ a: [Double], _ b: [Double]) -> Double {
  let difference = zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  let total = b.reduce(0) { $0 + $1 * $1 }
  return (difference / max(total, .leastNormalMagnitude)).squareRoot()
}
