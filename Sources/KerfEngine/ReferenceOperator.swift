import KerfGraph

/// An operator with a plain implementation: right before fast, on whole tensors in ONNX's own layout (`[B, C, d…]`, row-major).
///
/// Every operator that the engine runs has one; fast paths are judged by it.
public protocol ReferenceOperator: OperatorDefinition {
  /// Computes the outputs, one an output of the node.
  ///
  /// An absent optional input is `nil`. Types and shapes may be anything a file can state: what does not fit throws.
  /// - Throws: `EngineError.unsupported` for an element type that is not implemented, `.shape` for inputs that do not fit.
  func evaluate(_ inputs: [Tensor?], count: Int) throws(EngineError) -> [Tensor]
}
