/// Replaces calls of the model's own functions by their bodies, in subgraphs too.
///
/// Attribute references take the caller's attribute, else the function's default; where neither is there the attribute is left out.
/// Names of inner values and nodes become unique. A function written in a version of an operator set other than the model's stays a call.
public struct InlineFunctions: Pass {
  public static let name = "inline-functions"
  public static let summary = "Replaces calls of the model's own functions by their bodies."

  public init() {}

  public func run(on model: inout Model, with context: PassContext) throws(GraphError) {
    if model.functions.isEmpty { return }
    var inliner = FunctionInliner(model)
    try inliner.checkSize(of: model.graph.nodes)
    model.graph.nodes = try inliner.expand(model.graph.nodes)
    model.opsets = inliner.opsets
    model.functions = inliner.stillCalled(by: model.graph.nodes)
  }
}
