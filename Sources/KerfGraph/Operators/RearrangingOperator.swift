/// An operator whose outputs are elements of its inputs, unchanged, in another order or number.
///
/// Shape arithmetic is made of these, so what they do is known here and not only in the engine: known inputs give known outputs.
public protocol RearrangingOperator: OperatorDefinition {
  /// The outputs for whole tensors of any element type.
  /// - Throws: `GraphError.shape` where the inputs do not fit, `.unsupported` for element types that are only carried.
  func rearrange(_ inputs: [Tensor?], count: Int) throws(GraphError) -> [Tensor]

  /// The outputs' types and shapes.
  func inferShapes(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo]
}

extension RearrangingOperator {
  /// Shapes, and values too where every input's value is known and the outputs are small (shape arithmetic, not weights).
  public func inferOutputs(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let shapes = try inferShapes(inputs, count: count)
    for info in inputs where info != nil && info?.value == nil { return shapes }
    for info in shapes {
      guard let shape = info.fixedShape, try Extents.count(shape, node: "") <= ShapeArithmetic.mostElements else { return shapes }
    }
    return try rearrange(inputs.map { $0?.value }, count: count).map { TensorInfo(constant: $0) }
  }
}

package enum ShapeArithmetic {
  /// Above this many elements a value is data, not a shape, and inference leaves it alone.
  package static let mostElements = 1024
}
