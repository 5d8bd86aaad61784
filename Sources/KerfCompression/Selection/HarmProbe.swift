import KerfDecomposition
import KerfEngine
import KerfGraph

/// How much the network's output changes when forms stand in some layers' places: `E‖f − f̂‖²` over a few calibration images.
///
/// What comes before a layer is computed once, whatever is tried in its place: a trial runs only what comes after it.
package struct HarmProbe {
  /// The probe images.
  private let inputs: [String: Tensor]
  private let model: Model
  private let options: EngineOptions
  private let outputs: [String]
  /// `f`, the original's outputs on the probe images.
  private let reference: [[Float]]
  /// `E‖f − f̄‖²`, `f̄` the mean of the outputs of all probe images.
  private let spread: Double
  /// Values of the base network that a layer, or what comes after it, reads from before it.
  private let values: [String: Tensor]
  /// Nodes that depend on the network's input.
  private let fed: Set<String>

  /// Multiply-adds that one run of the network on the probe images may take, and the fewest and most of them.
  private static let work = 3e10
  private static let images = 2...64

  /// - Parameters:
  ///   - sites: the layers that something is to be tried at.
  ///   - calibration: its first images are taken, as many as are soon run.
  package init(model: Model, sites: [LayerSite], calibration: [[String: Tensor]], macsPerElement: Double, options: EngineOptions) throws {
    inputs = Self.images(calibration, elements: Self.work / max(1, macsPerElement))
    (self.model, self.options) = (model, options)
    fed = Self.fed(model.graph)
    let outputs = model.graph.outputs.map(\.name)
    self.outputs = outputs
    let made = try Self.run(model, inputs, options, outputs: outputs + Self.live(model.graph, sites, fed).filter { !outputs.contains($0) })
    reference = outputs.compactMap { made[$0]?.floats() }
    spread = Self.spread(outputs.compactMap { made[$0] }.map { ($0.floats() ?? [], max(1, $0.shape.first ?? 1)) })
    values = made.merging(inputs) { own, _ in own }
  }

  /// The change that a form makes in the layer's place, all others being as they are.
  package func change(_ site: LayerSite, _ form: LayerForm) throws -> Double {
    let rest = suffix(from: site, form)
    if let made = try? Self.run(rest.model, rest.inputs, options, outputs: outputs) { return distance(made) }
    // Shapes that are computed on the way are known only from the beginning.
    return try change(LayerRewriter.rewrite(model, [(site, form)]))
  }

  /// The change that another network makes as a whole.
  package func change(_ other: Model) throws -> Double {
    distance(try Self.run(other, inputs, options, outputs: outputs))
  }

  /// What a network that was made does to the output.
  func harm(_ fitted: FittedNetwork) throws -> NetworkHarm {
    let change = try change(fitted.model)
    return NetworkHarm(
      change: change, formChange: try fitted.float.map { try self.change($0) } ?? change, share: change / max(spread, 1e-30))
  }

  private static func spread(_ outputs: [(values: [Float], images: Int)]) -> Double {
    var (sum, count) = (0.0, 0)
    for (values, images) in outputs {
      let size = values.count / images
      for place in 0..<size {
        let column = stride(from: place, to: images * size, by: size)
        let mean = column.reduce(0) { $0 + Double(values[$1]) } / Double(images)
        sum += column.reduce(0) { $0 + (Double(values[$1]) - mean) * (Double(values[$1]) - mean) }
      }
      count += values.count
    }
    return sum / Double(max(count, 1))
  }

  // MARK: Parts of networks

  /// The nodes from the layer on as a network that is fed the values from before it.
  private func suffix(from site: LayerSite, _ form: LayerForm) -> (model: Model, inputs: [String: Tensor]) {
    var rest = model
    // What no input reaches is left for the engine to fold.
    let kept = model.graph.nodes.indices.filter { $0 >= site.index || !model.graph.nodes[$0].outputs.contains { fed.contains($0) } }
    let places = Dictionary(kept.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    rest.graph.nodes = kept.map { model.graph.nodes[$0] }
    let made = Set(rest.graph.nodes.flatMap(\.outputs))
    let wanted = Set(rest.graph.nodes.flatMap(\.reads)).union(model.graph.outputs.map(\.name))
    let feeds = values.filter { wanted.contains($0.key) && !made.contains($0.key) }
    rest.graph.inputs = feeds.sorted { $0.key < $1.key }.map { name, tensor in
      ValueInfo(name, .tensor(tensor.type, tensor.shape.map { .fixed($0) }))
    }
    rest.graph.initializers = model.graph.initializers.filter { wanted.contains($0.name) }
    return (LayerRewriter.rewrite(rest, [(site.moved(to: places[site.index] ?? 0), form)]), feeds)
  }

  /// The values that are made before one of the layers and read by it or after it.
  private static func live(_ graph: Graph, _ sites: [LayerSite], _ fed: Set<String>) -> [String] {
    var maker: [String: Int] = [:]
    var last: [String: Int] = [:]
    for (index, node) in graph.nodes.enumerated() {
      for name in node.outputs where fed.contains(name) { maker[name] = index }
      for name in node.reads { last[name] = index }
    }
    let places = sites.map(\.index)
    return maker.filter { name, made in places.contains { made < $0 && (last[name] ?? -1) >= $0 } }.keys.sorted()
  }

  private static func fed(_ graph: Graph) -> Set<String> {
    var fed = Set(graph.inputs.map(\.name)).subtracting(graph.initializers.map(\.name))
    for node in graph.nodes where node.reads.contains(where: fed.contains) { fed.formUnion(node.outputs.filter { !$0.isEmpty }) }
    return fed
  }

  /// The first images of the batches, as far as they have one shape.
  private static func images(_ calibration: [[String: Tensor]], elements: Double) -> [String: Tensor] {
    (calibration.first ?? [:]).reduce(into: [:]) { result, entry in
      let (name, tensor) = entry
      guard case .float = tensor.storage, let first = tensor.shape.first, first > 0 else {
        result[name] = tensor
        return
      }
      let size = tensor.shape.dropFirst().reduce(1, *)
      let wanted = min(max(Int(elements / Double(max(1, size))), images.lowerBound), images.upperBound)
      var values: [Float] = []
      for batch in calibration where values.count < wanted * size && batch[name]?.shape.dropFirst() == tensor.shape.dropFirst() {
        values += (batch[name]?.floats() ?? []).prefix(wanted * size - values.count)
      }
      result[name] = Tensor(values, shape: [values.count / max(1, size)] + tensor.shape.dropFirst())
    }
  }

  private static func run(
    _ model: Model, _ inputs: [String: Tensor], _ options: EngineOptions, outputs: [String]
  ) throws(EngineError) -> [String: Tensor] {
    try Session(model, shapes: inputs.mapValues(\.shape), outputs: outputs, options: options).run(inputs)
  }

  private func distance(_ made: [String: Tensor]) -> Double {
    var (sum, count) = (0.0, 0)
    for (a, b) in zip(reference, outputs.compactMap { made[$0]?.floats() }) {
      for (x, y) in zip(a, b) { sum += Double(x - y) * Double(x - y) }
      count += a.count
    }
    return sum / Double(max(count, 1))
  }
}
