import KerfDecomposition
import KerfEngine
import KerfGraph

/// Runs calibration data through the original and the compressed network side by side, from layer to layer, and compresses layers on the way.
///
/// When the walk comes to a layer it knows the layer's *original* response `y` and the input `x̂` that the *already compressed* part makes of the
/// same images: what the asymmetric criterion needs (Zhang et al., CVPR 2015). One walk costs about two forward passes, whatever the depth;
/// values are dropped after their last reader. Batches run side by side, each on one thread.
struct SequentialWalk {
  /// A value in both networks; `compressed` is `nil` where nothing upstream was replaced.
  private struct Pair: Sendable {
    var original: Tensor
    var compressed: Tensor?
  }

  private let model: Model
  private let sites: [LayerSite]
  private let options: EngineOptions
  private let lastReader: [String: Int]

  init(_ model: Model, sites: [LayerSite], options: EngineOptions) {
    self.model = model
    self.sites = sites.sorted { $0.index < $1.index }
    self.options = options
    var last: [String: Int] = [:]
    for (index, node) in model.graph.nodes.enumerated() { for name in node.reads { last[name] = index } }
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
    var options = options
    if batches.count >= options.threads { options.threads = 1 }
    var values: [[String: Pair]] = batches.map { $0.mapValues { Pair(original: $0, compressed: nil) } }
    var forms: [(site: LayerSite, form: LayerForm)] = []
    var taken = NameSupply(model.graph)
    // What the compressed network has still to run, and the values in which it differs.
    var (pending, weights): ([Node], [Initializer]) = ([], [])
    var diverged: Set<String> = []
    var next = 0
    for site in sites {
      let nodes = Array(model.graph.nodes[next...site.index])
      next = site.index + 1
      for node in nodes.dropLast() where node.reads.contains(where: diverged.contains) {
        pending.append(node)
        diverged.formUnion(node.outputs)
      }
      // What is read from here on, and what both runs hand to the layer. What the compressed network makes itself it does not need of the original.
      let kept = { @Sendable [lastReader] (name: String) in !name.isEmpty && (lastReader[name] ?? -1) > site.index || name == site.input }
      let needed = Set(pending.flatMap(\.reads)).subtracting(diverged).union([site.output])
      let wanted = nodes.flatMap(\.outputs).filter { kept($0) || needed.contains($0) }
      let changed = pending.flatMap(\.outputs).filter(kept)
      let original = ChainRunner(model, nodes, outputs: wanted, options: options)
      let compressed = changed.isEmpty ? nil : ChainRunner(model, pending, outputs: changed, weights: weights, options: options)
      let made = try values.concurrentMap { batch in
        var batch = batch
        for (name, tensor) in try original.run(batch.mapValues(\.original)) { batch[name] = Pair(original: tensor) }
        let other = try compressed?.run(batch.mapValues { $0.compressed ?? $0.original }) ?? [:]
        for (name, tensor) in other { batch[name]?.compressed = tensor }
        return batch
      }
      let views = made.map { batch in
        let none = Tensor([Float](), shape: [0])
        return LayerView.Batch(
          input: batch[site.input].map { $0.compressed ?? $0.original } ?? none, response: batch[site.output]?.original ?? none)
      }
      values = made.map { $0.filter { kept($0.key) } }
      (pending, weights) = ([], [])
      let isDiverged = diverged.contains(site.input)
      if let form = try visit(site, LayerView(batches: views, inputIsCompressed: isDiverged)) {
        forms.append((site, form))
        (pending, weights) = LayerRewriter.chain(for: site, form, opset: model.opset, &taken)
      } else if isDiverged {
        pending = [model.graph.nodes[site.index]]
      }
      if !pending.isEmpty { diverged.insert(site.output) }
    }
    return forms
  }
}

/// What a layer sees on calibration data.
package struct LayerView {
  package struct Batch: Sendable {
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
