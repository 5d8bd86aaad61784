/// Resamples any axes by nearest neighbour, linear or cubic interpolation; `Upsample` is its older form.
///
/// Each axis is resampled by itself: `ResizeAxis` maps an output position to the input and weighs its neighbours there.
/// - Reference: ONNX operator `Resize`, versions 10, 11, 13, 18 and 19; Keys, Cubic convolution interpolation, IEEE TASSP 1981.
public struct Resize: OperatorDefinition, Equatable {
  public static let opTypes = ["Resize", "Upsample"]

  public enum Mode: String, Sendable { case nearest, linear, cubic }

  public enum CoordinateTransformation: String, Sendable {
    case halfPixel = "half_pixel"
    case halfPixelSymmetric = "half_pixel_symmetric"
    case pytorchHalfPixel = "pytorch_half_pixel"
    case alignCorners = "align_corners"
    case asymmetric
    case tfCropAndResize = "tf_crop_and_resize"
    /// Opset 11 and 12 only.
    case tfHalfPixelForNearest = "tf_half_pixel_for_nn"
  }

  public enum NearestMode: String, Sendable {
    case roundPreferFloor = "round_prefer_floor"
    case roundPreferCeil = "round_prefer_ceil"
    case floor, ceil
    /// Before opset 11, where it was not stated: down to the pixel before when enlarging, up to the one behind when shrinking.
    case simple
  }

  public enum AspectPolicy: String, Sendable {
    case stretch
    case notLarger = "not_larger"
    case notSmaller = "not_smaller"
  }

  public let mode: Mode
  public let coordinateTransformation: CoordinateTransformation
  public let nearestMode: NearestMode
  public let cubicCoefficient: Float
  public let excludeOutside: Bool
  public let extrapolationValue: Float
  public let antialias: Bool
  /// The axes that scales and sizes are about, or `nil` for all.
  public let axes: [Int]?
  public let aspectPolicy: AspectPolicy
  /// The scales as an attribute (`Upsample` 7).
  public let scales: [Float]?
  /// Positions of the inputs; `nil` where the version has none.
  public let roiInput, scalesInput, sizesInput: Int?
  package let label: String
  private let opType: String

  public init(_ node: Node, opset: Int) throws(GraphError) {
    let read = AttributeReader(node)
    let modern = node.opType == "Resize" && opset >= 11
    func word<W: RawRepresentable<String>>(_ name: String, _ standard: W) throws(GraphError) -> W {
      let raw = try read.string(name, default: standard.rawValue)
      guard let value = W(rawValue: raw) else { throw GraphError(.attribute, node: node.label, "\(name) '\(raw)' is not known") }
      return value
    }
    label = node.label
    opType = node.opType
    // Files before opset 10 also say "bilinear" for linear.
    let modeWord = try read.string("mode", default: "nearest")
    guard let mode = Mode(rawValue: modeWord == "bilinear" ? "linear" : modeWord) else {
      throw GraphError(.attribute, node: node.label, "mode '\(modeWord)' is none of nearest, linear, cubic")
    }
    self.mode = mode
    coordinateTransformation =
      modern ? try word("coordinate_transformation_mode", CoordinateTransformation.halfPixel) : .asymmetric
    nearestMode = modern ? try word("nearest_mode", NearestMode.roundPreferFloor) : .simple
    cubicCoefficient = try read.float("cubic_coeff_a", default: -0.75)
    excludeOutside = try read.bool("exclude_outside", default: false)
    extrapolationValue = try read.float("extrapolation_value", default: 0)
    antialias = try read.bool("antialias", default: false)
    axes = try read.ints("axes")
    aspectPolicy = try word("keep_aspect_ratio_policy", AspectPolicy.stretch)
    let attribute = node.opType == "Upsample" && opset < 9
    scales = attribute ? try read.floats("scales") : nil
    roiInput = modern ? 1 : nil
    scalesInput = attribute ? nil : modern ? 2 : 1
    sizesInput = modern ? 3 : nil
    if attribute, scales == nil { throw GraphError(.attribute, node: label, "Upsample needs scales") }
    if antialias, mode == .nearest { throw GraphError(.attribute, node: label, "antialias does not go with mode nearest") }
  }

  public func inferOutputs(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let read = OperandReader(opType, node: label, inputs)
    let x = try read.required(0, "X")
    guard let shape = x.shape else { return try read.outputs([TensorInfo(x.type, nil)], count: count) }
    let known = inputs.dropFirst().allSatisfy { $0 == nil || $0?.value != nil || $0?.shape == [.fixed(0)] }
    if known, let extents = x.fixedShape {
      let resized = try resizedAxes(shape: extents, inputs: inputs.map { $0?.value })
      return try read.outputs([TensorInfo(x.type, resized.map { .fixed($0.output) })], count: count)
    }
    var output = shape
    for axis in try touchedAxes(rank: shape.count) { output[axis] = try known ? extent(shape, inputs, axis) : .unknown }
    return try read.outputs([TensorInfo(x.type, output)], count: count)
  }

  /// The extent of one axis where others may be symbolic: known if the axis itself is, or if the sizes are stated.
  private func extent(_ shape: [Dimension], _ inputs: [TensorInfo?], _ axis: Int) throws(GraphError) -> Dimension {
    guard aspectPolicy == .stretch else { return .unknown }
    let resized = try resizedAxes(shape: shape.map { $0.value ?? 1 }, inputs: inputs.map { $0?.value })[axis]
    if resized.scale == 1, !resized.isSized { return shape[axis] }
    return shape[axis].value != nil || resized.isSized ? .fixed(resized.output) : .unknown
  }
}
