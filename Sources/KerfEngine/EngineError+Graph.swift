import KerfGraph

extension EngineError {
  /// Runs what a definition checks, its complaint as one of the engine.
  static func from<T>(_ body: () throws(GraphError) -> T) throws(EngineError) -> T {
    do {
      return try body()
    } catch {
      throw EngineError(error.code == .unsupported ? .unsupported : .shape, node: error.node, error.message)
    }
  }
}
