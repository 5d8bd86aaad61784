import KerfDecomposition
import KerfEngine
import KerfGraph

/// What rounding to levels adds to a layer's response: of the layer as it is, or of a form in its place.
///
/// The layer runs by itself on a part of what it sees on calibration data, once on floats and once on levels (input, weights, what flows between the
/// factors, result). Factors whose terms are large and cancel lose far more than the layer itself: the form decides how much levels cost.
package struct LevelsError {
  private let site: LayerSite
  private let opset: Int
  private let input: [String: Tensor]
  /// `Σ(y − ȳ)²` of the layer's own response on the same input.
  private let variance: Double

  /// Elements of the input or the response that a measurement takes: some thousand positions settle a mean of squares.
  private static let elements = 260_000
  private static let options = EngineOptions(threads: 1)

  package init(_ site: LayerSite, view: LayerView, opset: Int) throws {
    (self.site, self.opset) = (site, opset)
    let seen = view.batches.first?.input ?? Tensor([Float](), shape: [0])
    let growth = Double(site.outputShape.reduce(1, *)) / Double(max(1, site.inputShape.reduce(1, *)))
    let part = Self.part(of: seen, elements: Int(Double(Self.elements) / max(1, growth)), kernel: site.kernel)
    input = [site.input: part]
    let own = LayerRewriter.alone(site, LayerForm(method: "dense", rank: Rank([]), factors: [site.kernel]), opset: opset)
    let response = try Self.run(own, input, site.output)
    let channels = site.kernel.outputs
    // Positions of a channel stand together in `[B, N, d…]`, and apart in `[…, N]`.
    let inner = site.kernel.spatial.isEmpty ? 1 : response.shape.dropFirst(2).reduce(1, *)
    var (sums, squares) = ([Double](repeating: 0, count: channels), 0.0)
    let values = response.floats() ?? []
    for (i, y) in values.enumerated() {
      sums[i / inner % channels] += Double(y)
      squares += Double(y) * Double(y)
    }
    let perChannel = Double(max(1, values.count / max(1, channels)))
    variance = squares - sums.reduce(0) { $0 + $1 * $1 / perChannel }
  }

  /// `Σ(ŷ_q − ŷ)² / Σ(y − ȳ)²`, a share of energy like the form's own error; the two are uncorrelated, so they add.
  package func measure(_ form: LayerForm) throws -> Double {
    let model = LayerRewriter.alone(site, form, opset: opset)
    let quantization = try QuickQuantization(model, batches: [input], options: Self.options)
    let wanted = try Self.run(model, input, site.output).floats() ?? []
    let made = try Self.run(quantization.model(), input, site.output).floats() ?? []
    let noise = zip(wanted, made).reduce(0.0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
    return noise / max(variance, .leastNormalMagnitude)
  }

  private static func run(_ model: Model, _ input: [String: Tensor], _ output: String) throws -> Tensor {
    let session = try Session(model, shapes: input.mapValues(\.shape), options: options)
    guard let made = try session.run(input)[output] else { throw CompressionError(.network, "the layer alone gives no '\(output)'") }
    return made
  }

  /// The first images, or the middle of the first one, of at most so many elements.
  private static func part(of tensor: Tensor, elements: Int, kernel: ConvolutionKernel) -> Tensor {
    guard case .float(let values) = tensor.storage, let images = tensor.shape.first, images > 0 else { return tensor }
    let size = values.count / images
    if size <= elements || kernel.spatial.isEmpty || tensor.rank < 3 {
      let kept = min(images, max(1, elements / max(1, size)))
      return Tensor(Array(values.prefix(kept * size)), shape: [kept] + tensor.shape.dropFirst())
    }
    // Rows of the first spatial axis: they stand together in memory.
    let (channels, rows) = (tensor.shape[1], tensor.shape[2])
    let row = tensor.shape.dropFirst(3).reduce(1, *)
    let kept = min(rows, max(2 * (kernel.spatial.first ?? 1), elements / max(1, channels * row)))
    let first = (rows - kept) / 2
    var part: [Float] = []
    part.reserveCapacity(channels * kept * row)
    for c in 0..<channels {
      let start = (c * rows + first) * row
      part += values[start..<start + kept * row]
    }
    return Tensor(part, shape: [1, channels, kept] + tensor.shape.dropFirst(3))
  }
}
