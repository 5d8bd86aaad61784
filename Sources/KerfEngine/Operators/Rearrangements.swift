import KerfGraph

// What these do is part of their definition, because shape inference needs it too.

extension ReferenceOperator where Self: RearrangingOperator {
  public func evaluate(_ inputs: [Tensor?], count: Int) throws(EngineError) -> [Tensor] {
    try EngineError.from { () throws(GraphError) in try rearrange(inputs, count: count) }
  }
}

extension Concat: ReferenceOperator {}
extension Constant: ReferenceOperator {}
extension ConstantOfShape: ReferenceOperator {}
extension Expand: ReferenceOperator {}
extension Flatten: ReferenceOperator {}
extension Gather: ReferenceOperator {}
extension GatherElements: ReferenceOperator {}
extension GatherND: ReferenceOperator {}
extension Identity: ReferenceOperator {}
extension Pad: ReferenceOperator {}
extension Reshape: ReferenceOperator {}
extension Shape: ReferenceOperator {}
extension Slice: ReferenceOperator {}
extension SpaceToDepth: ReferenceOperator {}
extension Split: ReferenceOperator {}
extension Squeeze: ReferenceOperator {}
extension Tile: ReferenceOperator {}
extension Transpose: ReferenceOperator {}

extension Cast: ReferenceOperator {
  public func evaluate(_ inputs: [Tensor?], count: Int) throws(EngineError) -> [Tensor] {
    [try EngineError.from { () throws(GraphError) in try convert(inputs) }]
  }
}

extension RangeOperator: ReferenceOperator {
  public func evaluate(_ inputs: [Tensor?], count: Int) throws(EngineError) -> [Tensor] {
    [try EngineError.from { () throws(GraphError) in try elements(inputs) }]
  }
}

extension Where: ReferenceOperator {
  public func evaluate(_ inputs: [Tensor?], count: Int) throws(EngineError) -> [Tensor] {
    let (condition, x, y) = (try inputs.operand(0), try inputs.operand(1), try inputs.operand(2))
    let result = try EngineError.from { () throws(GraphError) in
      let shape = try Extents.broadcast([condition.shape, x.shape, y.shape], node: "")
      return try select(condition, x, y, shape: shape)
    }
    guard let result else { throw EngineError(.unsupported, "\(condition.type) ? \(x.type) : \(y.type)") }
    return [result]
  }
}
