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
}
