import KerfEngine
import KerfGraph

/// Parameters and multiply-adds of a network at given input shapes.
struct NetworkCost {
  let parameters: Int
  let macs: Int

  init(_ model: Model, shapes: [String: [Int]]) throws {
    let values = try ShapeInference.infer(model, inputShapes: shapes, evaluator: Interpreter.evaluator(opset: model.opset))
    // Levels count, what says how they are scaled does not.
    let quantizing = model.graph.nodes.filter { QuantizeLinear.opTypes.contains($0.opType) }
    let levels = Set(quantizing.compactMap(\.inputs.first))
    let scales = Set(quantizing.flatMap { $0.inputs.dropFirst() })
    parameters = model.graph.initializers.reduce(0) { sum, initializer in
      let isReal = [.float, .double, .float16, .bfloat16].contains(initializer.tensor.type) && !scales.contains(initializer.name)
      return isReal || levels.contains(initializer.name) ? sum + initializer.tensor.count : sum
    }
    var macs = 0
    for node in model.graph.nodes {
      guard let definition = try OperatorRegistry.definition(of: node, opset: model.opset) else { continue }
      let outputs = node.outputs.compactMap { values[$0]?.fixedShape }
      guard outputs.count == node.outputs.count else { continue }
      macs += definition.macs(inputs: node.inputs.map { values[$0]?.fixedShape }, outputs: outputs)
    }
    self.macs = macs
  }
}
