import KerfDecomposition
import KerfEngine
import KerfGraph

/// Runs calibration data through the original and the compressed network side by side, node by node, and compresses layers on the way.
///
/// When the walk comes to a layer it knows the layer's *original* response `y` and the input `x̂` that the *already compressed* part makes of the
/// same images: what the asymmetric criterion needs (Zhang et al., CVPR 2015). One walk costs about two forward passes, whatever the depth;
/// values are dropped after their last reader.
struct SequentialWalk {
  /// A value in both networks; `compressed` is `nil` while nothing upstream was replaced.
  private struct Pair {
    var original: Tensor
    var compressed: Tensor?
  }

  private let model: Model
  private let sites: [Int: LayerSite]
  private let options: EngineOptions
  private let lastReader: [String: Int]

  init(_ model: Model, sites: [LayerSite], options: EngineOptions) {
    self.model = model
    self.sites = Dictionary(sites.map { ($0.index, $0) }, uniquingKeysWith: { first, _ in first })
    self.options = options
    var last: [String: Int] = [:]
    for (index, node) in model.graph.nodes.enumerated() { for name in node.inputs { last[name] = index } }
    lastReader = last
  }

  /// Visits the layers in the order the data flows.
  /// - Parameters:
  ///   - batches: inputs of the network by name, one entry a batch.
  ///   - visit: given a layer and what it sees, says what replaces it, or `nil` to leave it.
  /// - Returns: the forms that were chosen.
  func run(
    _ batches: [[String: Tensor]], visit: (LayerSite, LayerView) throws -> LayerForm?
  ) throws -> [(site: LayerSite, form: LayerForm)] {
    var runner = ChainRunner(model, options: options)
    var values: [[String: Pair]] = batches.map { $0.mapValues { Pair(original: $0, compressed: nil) } }
    var forms: [(site: LayerSite, form: LayerForm)] = []
    var taken = NameSupply(model.graph)
    let lastSite = sites.keys.max() ?? -1
    for (index, node) in model.graph.nodes.enumerated() where index <= lastSite {
      let outputs = node.outputs.filter { !$0.isEmpty }
      var made: [[String: Tensor]] = []
      for batch in values {
        made.append(try runner.evaluate([node], key: "\(index)", values: batch.mapValues(\.original), outputs: outputs))
      }
      var replacement: (nodes: [Node], initializers: [Initializer])?
      if let site = sites[index] {
        let views = values.indices.map { b in
          LayerView.Batch(
            input: values[b][site.input].map { $0.compressed ?? $0.original } ?? Tensor([Float](), shape: [0]),
            response: made[b][site.output] ?? Tensor([Float](), shape: [0]))
        }
        let diverged = values.contains { $0[site.input]?.compressed != nil }
        if let form = try visit(site, LayerView(batches: views, inputIsCompressed: diverged)) {
          forms.append((site, form))
          replacement = LayerRewriter.chain(for: site, form, opset: model.opset, &taken)
        }
      }
      for b in values.indices {
        let diverged = node.inputs.contains { values[b][$0]?.compressed != nil }
        var compressed: [String: Tensor] = [:]
        if diverged || replacement != nil {
          compressed = try runner.evaluate(
            replacement?.nodes ?? [node], key: replacement == nil ? "\(index)" : "\(index)'",
            values: values[b].mapValues { $0.compressed ?? $0.original }, outputs: outputs, extra: replacement?.initializers ?? [])
        }
        for name in outputs {
          if let original = made[b][name] { values[b][name] = Pair(original: original, compressed: compressed[name]) }
        }
        for name in node.inputs where lastReader[name] == index { values[b][name] = nil }
      }
      runner.forget(key: "\(index)")
      runner.forget(key: "\(index)'")
    }
    return forms
  }
}

/// What a layer sees on calibration data.
package struct LayerView {
  package struct Batch {
    /// `x̂ [B, C, d…]`: the input that the compressed network gives the layer.
    let input: Tensor
    /// `y [B, N, d'…]`: the original network's response.
    let response: Tensor

    package init(input: Tensor, response: Tensor) { (self.input, self.response) = (input, response) }
  }

  let batches: [Batch]
  /// Whether a layer before this one was replaced, so that `x̂` differs from the original input.
  let inputIsCompressed: Bool

  package init(batches: [Batch], inputIsCompressed: Bool) { (self.batches, self.inputIsCompressed) = (batches, inputIsCompressed) }
}
