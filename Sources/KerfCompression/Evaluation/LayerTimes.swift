import KerfEngine

/// Milliseconds of a network's steps, by the layer that they are or stand for.
struct LayerTimes {
  private let steps: [StepTiming]

  init(_ steps: [StepTiming]) { self.steps = steps }

  /// The layer's own step, or the steps of the factors in its place; `nil` where another step runs it along.
  subscript(site: LayerSite) -> Double? {
    let own = steps.filter { $0.name == site.node.label || $0.name.hasPrefix(site.name + "/") && $0.operators != "layout" }
    return own.isEmpty ? nil : own.reduce(0) { $0 + $1.milliseconds }
  }
}
