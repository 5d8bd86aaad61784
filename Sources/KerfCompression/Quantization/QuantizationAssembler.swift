import KerfEngine
import KerfGraph

/// Puts together what a quantization has to say, measured on the two networks as they are.
struct QuantizationAssembler {
  let bench: QuantizationBench
  let written: QuantizationDraft.Written
  let source: Model
  let skipped: [SkippedLayer]

  func assemble(name: CompressionResult.ModelName, encode: (Model) throws -> [UInt8]) throws -> QuantizationResult {
    let data = bench.data
    var warnings: [String] = []
    if !bench.isWithinBound {
      warnings.append("the metric loses more than \(bench.bound) on the validation split, whichever layers stay float")
    }
    let timings = try NetworkTimer(options: bench.request.engine, inputs: data.timing).measure([source, written.model], seconds: 1)
    let shapes = data.timing.mapValues(\.shape)
    let cost = try NetworkCost(source, shapes: shapes)
    func figures(_ model: Model, _ timing: NetworkTimer.Timing) throws -> Figures {
      Figures(
        parameters: cost.parameters, macs: cost.macs, bytes: try encode(model).count, medianMilliseconds: timing.median,
        p10Milliseconds: timing.p10, p90Milliseconds: timing.p90, metric: try data.test(model))
    }
    return QuantizationResult(
      model: name, ranges: type(of: bench.estimator).name, maxHarm: bench.bound, harm: bench.harm, reached: bench.isWithinBound,
      before: try figures(source, timings[0]), after: try figures(written.model, timings[1]), sqnr: OutputProbe.decibels(bench.noise),
      steps: bench.steps, layers: try layers(), pictures: try data.pictures(source, [written.model]),
      machine: Machine.describe(bench.request.engine), versions: ["kerf": KerfVersion.current], warnings: warnings, seconds: 0)
  }

  private func layers() throws -> [QuantizedLayerResult] {
    let ratios = try LayerNoise(bench.draft, written, pieces: bench.probe.pieces, options: bench.request.engine)
    var results = bench.draft.layers.map { layer in
      let value = written.layout.results[layer.index] ?? layer.output
      let map = written.maps[value]
      let reason = bench.draft.float[layer.name]
      let histogram = written.layout.owner[value].flatMap { bench.histograms[$0] }
      return (
        layer.index,
        QuantizedLayerResult(
          name: layer.name, op: layer.node.opType, kernel: layer.shape,
          precision: reason == nil ? "int\(bench.request.weights.bits)" : "float32",
          reason: reason ?? "within the bound", share: bench.shares[layer.name] ?? 0, range: map?.range, scale: map?.scale,
          zeroPoint: map?.zeroPoint, saturated: map.flatMap { map in histogram?.share(beyond: map.range) },
          sqnr: ratios.decibels[layer.index])
      )
    }
    let places = Dictionary(
      bench.draft.model.graph.nodes.enumerated().map { ($1.name.isEmpty ? $1.outputs.first ?? "" : $1.name, $0) },
      uniquingKeysWith: { first, _ in first })
    for layer in skipped {
      results.append(
        (
          places[layer.name] ?? .max,
          QuantizedLayerResult(name: layer.name, op: layer.opType, kernel: [], precision: "float32", reason: layer.reason, share: 0)
        ))
    }
    return results.sorted { $0.0 < $1.0 }.map(\.1)
  }
}

/// Signal to quantization noise of every layer's result: `10 log₁₀(Σ y² / Σ(ŷ − y)²)`, `y` in the float network, `ŷ` in the quantized one.
struct LayerNoise {
  /// By place of the layer's node.
  private(set) var decibels: [Int: Double] = [:]

  init(_ draft: QuantizationDraft, _ written: QuantizationDraft.Written, pieces: [[String: Tensor]], options: EngineOptions) throws {
    let values = Dictionary(
      draft.layers.map { ($0.index, written.layout.results[$0.index] ?? $0.output) }, uniquingKeysWith: { first, _ in first })
    let names = Set(values.values).sorted()
    let rounded = names.map { written.rounded[$0] ?? $0 }
    let float = try Session(draft.model, outputs: names, options: options)
    let quantized = try Session(written.model, outputs: Array(Set(rounded)).sorted(), options: options)
    var sums: [String: (signal: Double, noise: Double)] = [:]
    for piece in pieces.prefix(4) {
      let (a, b) = (try float.run(piece), try quantized.run(piece))
      for (name, stand) in zip(names, rounded) {
        guard let y = a[name]?.floats(), let x = b[stand]?.floats(), x.count == y.count else { continue }
        var (signal, noise) = sums[name] ?? (0, 0)
        for i in y.indices {
          signal += Double(y[i]) * Double(y[i])
          noise += Double(x[i] - y[i]) * Double(x[i] - y[i])
        }
        sums[name] = (signal, noise)
      }
    }
    for (place, name) in values {
      guard let (signal, noise) = sums[name], signal > 0 else { continue }
      decibels[place] = OutputProbe.decibels(noise / signal)
    }
  }
}
