import KerfEngine
import KerfGraph

/// A network made ready to be quantized: constants computed, batch normalization folded, in an operator set that knows a scale a channel.
package struct PreparedNetwork: Sendable {
  package var model: Model
  package var scan: LinearLayerScan

  /// - Throws: `GraphError` from the passes and from raising the operator set.
  package init(_ source: Model) throws {
    var model = source
    try model.run(
      [
        InlineFunctions.self, SortTopologically.self, EliminateIdentities.self, FoldConstants.self, FoldBatchNormalization.self,
        EliminateDeadNodes.self,
      ],
      with: PassContext(evaluator: Interpreter.evaluator(opset: source.opset)))
    try OperatorSetRaise.run(on: &model)
    self.model = model
    scan = LinearLayerScan(model)
  }

  /// The same with balanced channels between layers that follow each other directly, as the factors of a form do: exact, and free.
  package func balanced(on pieces: [[String: Tensor]], options: EngineOptions) throws -> PreparedNetwork {
    let pairs = Equalization.pairs(model, layers: scan.layers).filter { $0.isDirect }
    if pairs.isEmpty { return self }
    let seen = try ChannelMeans(model, values: pairs.map(\.value), pieces: pieces, options: options)
    var network = self
    (network.model, network.scan.layers) = Equalization.balance(model, layers: scan.layers, pairs: pairs, magnitudes: seen.magnitudes)
    return network
  }
}
