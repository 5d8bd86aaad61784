/// A rewriting of a model that keeps what it computes.
public protocol Pass: Sendable {
  /// Name on the command line and in messages, `fold-constants`.
  static var name: String { get }
  /// What it does, one sentence.
  static var summary: String { get }

  init()

  /// - Throws: `GraphError` where the model is not valid.
  func run(on model: inout Model, with context: PassContext) throws(GraphError)
}

/// What passes may use.
public struct PassContext: Sendable {
  /// Runs one node on constant inputs; without it nothing is computed.
  public var evaluator: NodeEvaluator?
  /// Elements up to which a pass may make a constant that is larger than the constants it is made of.
  public var foldingLimit: Int

  public init(evaluator: NodeEvaluator? = nil, foldingLimit: Int = 1 << 20) {
    self.evaluator = evaluator
    self.foldingLimit = foldingLimit
  }
}

/// Every pass. One line adds one.
public enum PassRegistry {
  public static let all: [any Pass.Type] = [
    InlineFunctions.self,
    SortTopologically.self,
    UniqueNodeNames.self,
    EliminateIdentities.self,
    FoldConstants.self,
    FoldBatchNormalization.self,
    QLinearToQDQ.self,
    EliminateDeadNodes.self,
  ]

  public static func pass(named name: String) -> (any Pass.Type)? { all.first { $0.name == name } }
}

extension Model {
  /// Runs passes one after the other.
  public mutating func run(_ passes: [any Pass.Type], with context: PassContext = PassContext()) throws(GraphError) {
    for pass in passes { try pass.init().run(on: &self, with: context) }
  }
}

/// Puts nodes in topological order and checks the structure on the way.
public struct SortTopologically: Pass {
  public static let name = "sort-topologically"
  public static let summary = "Puts each node after those it reads from."

  public init() {}

  public func run(on model: inout Model, with context: PassContext) throws(GraphError) { try model.graph.sortTopologically() }
}
