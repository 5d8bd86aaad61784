import KerfEngine
import KerfGraph

/// Quantizes a trained network after training: ranges from calibration images, levels, and the network as standard QDQ ONNX.
///
/// The recipe on one screen: `run` calls the stages in order; each stage lives in the folder of its name.
public struct Quantizer: Sendable {
  public struct Outcome: Sendable {
    public var model: Model
    public var result: QuantizationResult
    /// Whether the metric on the validation split stays within the bound; `model` is the best that was found.
    public var reached: Bool
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

  /// - Throws: `CompressionError.request` for a layer or an estimator that does not exist, `.data` for values that are not finite, `.network` where nothing
  ///   can be quantized; `GraphError`, `EngineError`.
  public func run() throws -> Outcome {
    let clock = ContinuousClock()
    let start = clock.now
    var network = try PreparedNetwork(source)
    let known = Set(network.scan.layers.map(\.name))
    if let stray = request.keepFloat.first(where: { !known.contains($0) }) {
      throw CompressionError(.request, "no layer '\(stray)' to keep float; there are \(known.sorted().joined(separator: ", "))")
    }
    if known.isEmpty {
      throw CompressionError(
        .network, "no layer can be quantized: the network has no convolution or matrix product by constant float32 weights")
    }

    if request.equalizes {
      network = try network.balanced(on: data.calibration.flatMap { RangeCalibration.cut($0) }, options: request.engine)
    }
    var bench = try QuantizationBench(network, data: data, request: request, progress: progress)
    try bench.findRanges()
    if request.equalizes { try bench.equalize() }
    if request.leavesFloat { try bench.leaveFloatWhereCheap() }
    if request.rounding == .reconstruct { try bench.reconstruct() }
    if request.correctsBias { try bench.correctBias() }
    if request.leavesFloat { try bench.leaveFloat() }

    progress(Progress(stage: "measure both networks", done: 0, total: 1))
    let written = bench.draft.written()
    var result = try QuantizationAssembler(bench: bench, written: written, source: source, skipped: network.scan.skipped).assemble(
      name: name, encode: encode)
    result.seconds = (clock.now - start).inSeconds
    return Outcome(model: written.model, result: result, reached: bench.isWithinBound)
  }
}
