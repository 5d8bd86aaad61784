/// How one axis is resampled.
public struct ResizeAxis: Sendable, Equatable {
  public let input, output: Int
  /// `output / input` as the node states it.
  public let scale: Float
  /// The output extent before a stated scale was rounded down: `scale·input`.
  public let resized: Float
  /// The region of the input, in fractions of its extent, that `tf_crop_and_resize` takes.
  public let start, end: Float
  /// Whether the node stated the output's extent and not a scale.
  public let isSized: Bool

  /// Whether output and input are the same, whatever the mode.
  public var isIdentity: Bool { input == output && scale == 1 && start == 0 && end == 1 }
}

extension Resize {
  /// The axes, counted from the front, that scales and sizes are about.
  func touchedAxes(rank: Int) throws(GraphError) -> [Int] {
    guard let axes else { return Array(0..<rank) }
    let read = OperandReader("Resize", node: label, [])
    var touched: [Int] = []
    for axis in axes {
      let place = try read.axis(axis, rank: rank)
      if touched.contains(place) { throw GraphError(.attribute, node: label, "axes \(axes) name axis \(place) twice") }
      touched.append(place)
    }
    return touched
  }

  /// How each axis of an input of this shape is resampled, from the values of the node's inputs.
  /// - Throws: `GraphError` where scales, sizes or region are missing, of the wrong length or out of range.
  public func resizedAxes(shape: [Int], inputs: [Tensor?]) throws(GraphError) -> [ResizeAxis] {
    let touched = try touchedAxes(rank: shape.count)
    func values(_ index: Int?, _ name: String, count: Int) throws(GraphError) -> Tensor? {
      guard let index, index < inputs.count, let tensor = inputs[index], tensor.count > 0 else { return nil }
      guard tensor.count == count else {
        throw GraphError(.shape, node: label, "'\(name)' has \(tensor.count) entries, not \(count)")
      }
      return tensor
    }
    let sizes = try values(sizesInput, "sizes", count: touched.count)?.integers()
    let given = try values(scalesInput, "scales", count: touched.count)?.floats()
    let scales = self.scales ?? given
    var region: [Float]?
    if coordinateTransformation == .tfCropAndResize {
      region = try values(roiInput, "roi", count: 2 * touched.count)?.floats()
      if region == nil { throw GraphError(.structure, node: label, "tf_crop_and_resize needs 'roi'") }
    }
    if let scales, scales.count != touched.count {
      throw GraphError(.shape, node: label, "'scales' has \(scales.count) entries, not \(touched.count)")
    }
    if let bad = shape.first(where: { $0 > 1 << 40 }) {
      throw GraphError(.value, node: label, "an input extent of \(bad) is beyond 2^40")
    }
    var result = shape.map {
      ResizeAxis(input: $0, output: $0, scale: 1, resized: Float($0), start: 0, end: 1, isSized: false)
    }
    var common: Float?
    if let sizes, aspectPolicy != .stretch {
      let ratios = zip(touched, sizes).map { Float($1) / Float(shape[$0]) }
      common = aspectPolicy == .notLarger ? ratios.min() : ratios.max()
    }
    for (i, axis) in touched.enumerated() {
      let input = shape[axis]
      let scale: Float
      let output: Float
      let resized: Float
      if let sizes {
        scale = common ?? Float(sizes[i]) / Float(input)
        output = common.map { ($0 * Float(input) + 0.5).rounded(.down) } ?? Float(sizes[i])
        resized = output
      } else if let scales {
        scale = scales[i]
        resized = scale * Float(input)
        output = resized.rounded(.down)
      } else {
        throw GraphError(.structure, node: label, "neither scales nor sizes are given")
      }
      guard output >= 0, output < 0x1p40, input > 0 || output == 0 || sizes == nil, scale > 0 || output == 0 else {
        throw GraphError(.value, node: label, "axis \(axis): \(input) elements cannot be resized to \(output) (scale \(scale))")
      }
      let extent = common == nil ? sizes.map { Int($0[i]) } ?? Int(output) : Int(output)
      result[axis] = ResizeAxis(
        input: input, output: extent, scale: scale, resized: resized, start: region?[i] ?? 0,
        end: region?[touched.count + i] ?? 1, isSized: sizes != nil && common == nil)
    }
    return result
  }
}
