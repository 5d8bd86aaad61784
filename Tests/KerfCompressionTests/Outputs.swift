import KerfEngine
import KerfGraph

enum Outputs {
  /// `‖f − f̂‖ / ‖f‖` of two networks' first outputs.
  static func distance(_ a: Model, _ b: Model, _ inputs: [String: Tensor]) throws -> Double {
    let x = try Session(a).run(inputs)[a.graph.outputs[0].name]?.floats() ?? []
    let y = try Session(b).run(inputs)[b.graph.outputs[0].name]?.floats() ?? []
    let difference = zip(x, y).reduce(0.0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
    return (difference / max(x.reduce(0.0) { $0 + Double($1) * Double($1) }, 1e-30)).squareRoot()
  }
}
