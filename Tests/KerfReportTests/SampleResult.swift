import KerfCompression
import KerfReport

/// A fabricated result with every part of a report in it, and names chosen to break one.
enum SampleResult {
  static let hostile = "conv<script>alert('x')</script>\"&/1\u{0}"

  /// A 1×1 grey PNG.
  static let pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="

  static func figures(ms: Double, macs: Int, parameters: Int, bytes: Int, psnr: Double) -> Figures {
    Figures(
      parameters: parameters, macs: macs, bytes: bytes, medianMilliseconds: ms, p10Milliseconds: ms * 0.97, p90Milliseconds: ms * 1.08,
      metric: MetricValue(name: "PSNR", value: psnr, unit: "dB", count: 12, standardError: 0.413, split: "test"))
  }

  /// A falling spectrum of `count` values.
  static func spectrum(_ name: String, _ count: Int, rate: Double, chosen: Int?) -> Spectrum {
    var value = 3.7
    var values: [Double] = []
    for _ in 0..<count {
      values.append(value)
      value *= rate
    }
    return Spectrum(name: name, values: values, chosen: chosen)
  }

  static func layer(_ index: Int) -> LayerResult {
    let macs = 64 * 64 * 9 * 65536
    return LayerResult(
      name: "conv\(index)", op: "Conv", kernel: [64, 64, 3, 3], form: index.isMultiple(of: 2) ? "spatial" : "tucker2",
      rank: index.isMultiple(of: 2) ? [20 + index] : [18 + index, 22 + index], precision: index < 4 ? .int8 : .float32,
      reason: "saves 1.\(index) ms at the least harm for its time",
      error: 0.0123 * Double(index), parametersBefore: 36928, parametersAfter: 15000 + index, macsBefore: macs,
      macsAfter: macs * 2 / 5 + index,
      millisecondsBefore: 4.2, millisecondsAfter: 2.31,
      spectra: [
        spectrum("(C·kh) × (N·kw)", 192, rate: 0.965, chosen: 20 + index), spectrum("mode 1 (N)", 64, rate: 0.9, chosen: nil),
        spectrum("mode 2 (C)", 64, rate: 0.93, chosen: 18 + index),
      ])
  }

  /// Three layers on integers and one that is not, as JSON has them.
  static let levels: QuantizationResult? = {
    func json(_ value: some Encodable) -> String { (try? ResultJSON.text(value)) ?? "" }
    let names = ["conv1/<i>", "conv2", "conv3", hostile]
    let layers = names.enumerated().map { index, name in
      let isFloat = index == 3
      return """
        {"name": \(json(name)), "op": "Conv", "kernel": [64, 64, 3, 1], "precision": "\(isFloat ? "float32" : "int8")",
        "reason": "<em>", "share": 0.0\(index + 4), "range": \(isFloat ? "null" : "{\"low\": -1.25, \"high\": 3.5\(index)}"),
        "scale": \(isFloat ? "null" : "0.0186"), "zero_point": \(isFloat ? "null" : "67"), "saturated": \(isFloat ? "null" : "0.00031"),
        "sqnr_db": \(isFloat ? "null" : "41.\(index)")}
        """
    }
    let text = """
      {"model": {"name": "n", "path": "p"}, "ranges": "mse", "max_harm": 0.1, "harm": 0.02, "reached": true, "sqnr_db": 37.64,
      "before": \(json(figures(ms: 44.44, macs: 14_213_456_789, parameters: 222_611, bytes: 890_444, psnr: 30.3399))),
      "after": \(json(figures(ms: 21.12, macs: 14_213_456_789, parameters: 222_611, bytes: 245_678, psnr: 30.3207))),
      "steps": [{"name": "ranges <mse>", "sqnr_db": 35.17, "metric": 30.2222, "kept": true},
      {"name": "bias correction", "sqnr_db": 37.64, "metric": null, "kept": false}],
      "layers": [\(layers.joined(separator: ", "))], "pictures": [], "machine": \(json(machine)), "versions": {}, "warnings": [], "seconds": 1}
      """
    return try? ResultJSON.value(QuantizationResult.self, from: text)
  }()

  static let machine = MachineDescription(cpu: "Example CPU @ 3.0 GHz", isa: "avx512", threads: 2, cores: 2, os: "Linux 6.1")

  static let full = CompressionResult(
    model: .init(name: "dn_<b>dncnn</b>_s25", path: "models/dn_dncnn_s25.onnx"),
    request: .init(goal: "speedup 2", method: "auto", criterion: "asymmetric"), reached: true,
    before: figures(ms: 81.37, macs: 36_412_588_032, parameters: 555_137, bytes: 2_226_546, psnr: 30.4131),
    after: figures(ms: 40.11, macs: 14_213_456_789, parameters: 222_611, bytes: 901_234, psnr: 30.3207),
    layers: [
      LayerResult(
        name: hostile, op: "Conv", kernel: [64, 1, 3, 3], reason: "one input channel: \"no\" form is faster <than> this & that",
        parametersBefore: 640, parametersAfter: 640, macsBefore: 37_748_736, macsAfter: 37_748_736, millisecondsBefore: 0.41,
        millisecondsAfter: 0.41)
    ] + (1...9).map(layer),
    quantization: levels,
    candidates: [
      CandidatePoint(label: "original", medianMilliseconds: 81.4, metric: 30.51),
      CandidatePoint(label: "step 1", medianMilliseconds: 70.2, metric: 30.50),
      CandidatePoint(label: "step 2", medianMilliseconds: 61.0, metric: 30.48),
      CandidatePoint(label: "step <3>", medianMilliseconds: 52.7, metric: 30.46),
      CandidatePoint(label: "step 3b", medianMilliseconds: 57.7, metric: 30.41),
      CandidatePoint(label: "step 4", medianMilliseconds: 40.1, metric: 30.42, chosen: true),
      CandidatePoint(label: "step 5", medianMilliseconds: 33.3, metric: 30.21),
      CandidatePoint(label: "step 5b", medianMilliseconds: 36.0, metric: 30.15),
      CandidatePoint(label: "unmeasured", medianMilliseconds: 20, metric: nil),
    ],
    pictures: ["leaves08.png", "a\"><img src=x onerror=alert(1)>.png"].map { name in
      PictureRow(
        name: name,
        images: ["reference", "input, 20.17 dB", "before, 30.41 dB", "after, 30.32 dB", "difference ×10"].map {
          PictureRow.Picture(caption: $0, png: pixel)
        })
    },
    machine: machine,
    versions: ["kerf": "0.1.0", "openblas": "0.3.21"],
    recipe: "# a recipe\nmodel: dn_dncnn_s25\nlayers:\n  - name: conv1 </pre><script>alert(2)</script>\n    form: spatial\n",
    warnings: ["the clock was not steady: <spread> 11 %"], seconds: 754.2)
}
