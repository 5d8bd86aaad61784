/// An ONNX operator with its attributes parsed: what Kerf knows of it without running it.
///
/// One value type an operator (families of operators that differ only in a name share a file), one line in `OperatorRegistry`.
/// `KerfEngine` adds how to run it by extending the same type.
public protocol OperatorDefinition: Sendable {
  /// The ONNX operator names that this type stands for, `["Conv"]`.
  static var opTypes: [String] { get }

  /// The operator sets that define these names; `""`, ONNX's own, unless stated.
  static var domains: [String] { get }

  /// Parses the node's attributes under a version of ONNX's operator set (7 to 28).
  /// - Throws: `GraphError.attribute` where one is missing, of the wrong kind or out of range.
  init(_ node: Node, opset: Int) throws(GraphError)

  /// The outputs' types and shapes from the inputs', one entry an output of the node.
  ///
  /// An absent optional input is `nil`. Where an input's `value` is known (constants, shape arithmetic) it may be used.
  /// - Throws: `GraphError.shape` where the inputs do not fit together.
  func inferOutputs(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo]

  /// Multiply-adds of one run, or 0 where the operator has none worth counting. Shapes are fixed.
  func macs(inputs: [[Int]?], outputs: [[Int]]) -> Int
}

extension OperatorDefinition {
  public static var domains: [String] { [""] }

  public func macs(inputs: [[Int]?], outputs: [[Int]]) -> Int { 0 }
}

/// What is known of a value before the graph runs.
public struct TensorInfo: Sendable, Equatable {
  public var type: ElementType
  /// `nil` where not even the rank is known.
  public var shape: [Dimension]?
  /// The elements, where they are known.
  public var value: Tensor?

  public init(_ type: ElementType, _ shape: [Dimension]?, value: Tensor? = nil) {
    self.type = type
    self.shape = shape
    self.value = value
  }

  public init(constant: Tensor) {
    self.init(constant.type, constant.shape.map { .fixed($0) }, value: constant)
  }

  /// The shape where every extent is a number.
  public var fixedShape: [Int]? {
    guard let shape else { return nil }
    var extents: [Int] = []
    for dimension in shape {
      guard let extent = dimension.value else { return nil }
      extents.append(extent)
    }
    return extents
  }
}
