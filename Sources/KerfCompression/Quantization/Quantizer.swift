import KerfEngine
import KerfGraph

/// Quantizes a trained network after training: ranges from calibration images, levels, and the network as standard QDQ ONNX.
///
/// The recipe on one screen: `run` calls the stages in order; each stage lives in the folder of its name.
public struct Quantizer: Sendable {
  public struct Outcome: Sendable {
    public var model: Model
    public var result: QuantizationResult
  }

  let source: Model
  let name: CompressionResult.ModelName
  let data: CompressionData
  let request: QuantizationRequest
  let encode: @Sendable (Model) throws -> [UInt8]
  let progress: @Sendable (Progress) -> Void

  /// - Parameters:
  ///   - data: calibration images, and the metric on the splits.
  ///   - encode: the bytes of a model as a file, for sizes.
  public init(
    _ model: Model, name: CompressionResult.ModelName, data: CompressionData, request: QuantizationRequest,
    encode: @escaping @Sendable (Model) throws -> [UInt8], progress: @escaping @Sendable (Progress) -> Void = { _ in }
  ) {
    (source, self.name, self.data, self.request) = (model, name, data, request)
    (self.encode, self.progress) = (encode, progress)
  }

  public func run() throws -> Outcome {
    let clock = ContinuousClock()
    let start = clock.now
    let estimator = try RangeEstimatorRegistry.estimator(named: request.ranges ?? MinMaxRange.name)
    let network = try PreparedNetwork(source)
    let known = Set(network.scan.layers.map(\.name))
    if let stray = request.keepFloat.first(where: { !known.contains($0) }) {
      throw CompressionError(.request, "no layer '\(stray)' to keep float; there are \(known.sorted().joined(separator: ", "))")
    }
    let layers = network.scan.layers.filter { !request.keepFloat.contains($0.name) }
    let layout = QuantizationLayout(network.model, layers: layers)
    let calibration = try RangeCalibration(network.model, values: layout.owners, batches: data.calibration, options: request.engine)
    let histograms = try calibration.histograms(counted: request.ranges != MinMaxRange.name) { done, total in
      progress(Progress(stage: "calibrate", done: done, total: total))
    }
    let ranges = layout.ranges(histograms.mapValues { estimator.range(of: $0, request.activations) })
    let maps = ranges.mapValues { AffineMap($0, request.activations) }
    var weights: [Int: WeightQuantization] = [:]
    for layer in layers {
      guard let input = maps[layer.input] else { continue }
      weights[layer.index] = WeightQuantization(layer, inputScale: input.scale, format: request.weights)
    }
    var writer = QDQWriter(network.model, layout: layout, maps: maps, weights: weights)
    let written = writer.write().model
    let result = QuantizationResult(model: name, seconds: (clock.now - start).inSeconds)
    return Outcome(model: written, result: result)
  }
}
