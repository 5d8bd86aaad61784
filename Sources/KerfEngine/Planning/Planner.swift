import KerfGraph

/// Turns a graph with fixed input shapes into a plan: walks the nodes in order, gives each to the first fast path that takes it, else to its
/// reference implementation, and puts layout changes between them where they are needed.
package final class Planner {
  let weights: WeightCache
  var isa: InstructionSet { options.instructionSet }
  let options: EngineOptions
  let nodes: [InferredGraph.Entry]
  private(set) var info: [String: TensorInfo]
  private let fetched: Set<String>
  /// Positions of the nodes that read a value.
  private let readers: [String: [Int]]
  /// Position of the node that makes a value.
  private let makers: [String: Int]
  private var fused: Set<Int> = []
  var places: [String: [Layout: Place]] = [:]
  private(set) var steps: [Step] = []
  private var bufferSizes: [Int] = []
  private var slotCount = 0
  let wisdom: Wisdom
  let concatTargets: ConcatTargets
  /// Values that lie inside a larger one.
  private var views: [String: Place] = [:]
  private var concatenations: [String: Place] = [:]
  /// Float values that are dequantized levels and nothing else yet.
  var dequantized: [String: (source: String, levels: Levels)] = [:]
  /// Constants that the model holds as bytes.
  let constantLevels: [String: ConstantLevels]
  /// Whether the weights, transformed ones being larger, are more than the caches keep from one run to the next.
  let evicts: Bool
  /// What runs by executions of convolutions, chain by chain.
  private(set) var chains: [(chain: Chain, choices: [ChainPlanner.Choice])] = []

  private init(_ inferred: InferredGraph, fetched: [String], options: EngineOptions, weights: WeightCache) {
    self.weights = weights
    var options = options
    options.convolutions = inferred.nodes.reduce(0) { $0 + ($1.node.opType == "Conv" || $1.node.opType == "ConvTranspose" ? 1 : 0) }
    self.options = options
    nodes = inferred.nodes
    info = inferred.info
    self.fetched = Set(fetched)
    var readers: [String: [Int]] = [:]
    for (index, entry) in inferred.nodes.enumerated() {
      for name in entry.node.inputs where !name.isEmpty { readers[name, default: []].append(index) }
    }
    self.readers = readers
    var makers: [String: Int] = [:]
    for (index, entry) in inferred.nodes.enumerated() {
      for name in entry.node.outputs { makers[name] = index }
    }
    self.makers = makers
    concatTargets = ConcatTargets(inferred, fetched: Set(fetched))
    constantLevels = inferred.levels
    wisdom = options.wisdom ?? Wisdom(machine: "")
    evicts = inferred.info.values.reduce(0) { $0 + ($1.type == .float ? $1.value?.count ?? 0 : 0) } > 512 * 1024
  }

  /// Plans the part of `graph` that `fetched` needs for inputs of the given types and shapes.
  /// - Throws: also `EngineError.cancelled`, between nodes.
  static func plan(
    _ graph: Graph, opset: Int, inputs: [String: TensorInfo], fetched: [String], options: EngineOptions, weights: WeightCache,
    cancellation: Cancellation = Cancellation()
  ) throws(EngineError) -> (plan: Plan, planner: Planner) {
    let inferred = try InferredGraph(graph, opset: opset, inputs: inputs, fetched: fetched)
    let planner = Planner(inferred, fetched: fetched, options: options, weights: weights)
    return (try planner.plan(inputs: inputs, fetched: fetched, cancellation), planner)
  }

  private func plan(inputs: [String: TensorInfo], fetched: [String], _ cancellation: Cancellation) throws(EngineError) -> Plan {
    var fed: [(name: String, slot: Int)] = []
    for name in inputs.keys.sorted() {
      let place = newSlot(shape: info[name]?.fixedShape ?? [])
      if let slot = place.slot { fed.append((name, slot)) }
      define(name, place)
    }
    for index in nodes.indices where !fused.contains(index) {
      try cancellation.check("planning")
      try plan(index)
    }
    var outputs: [(name: String, place: Place)] = []
    for name in fetched { outputs.append((name, try place(of: name, as: .tensor))) }
    return Plan(steps: steps, inputs: fed, outputs: outputs, slotCount: slotCount, bufferSizes: bufferSizes)
  }

  private func plan(_ index: Int) throws(EngineError) {
    let job = job(index)
    if options.fastPaths {
      for path in FastPathRegistry.paths(for: job.node.opType) where try path.plan(job, self) == .applicable { return }
    }
    try planReference(job)
  }

  private func planReference(_ job: PlanNode) throws(EngineError) {
    guard let reference = job.definition as? any ReferenceOperator else {
      throw EngineError(.unsupported, node: job.node.label, "the engine does not run operator \(job.node.opType)")
    }
    var inputs: [Place?] = []
    for name in job.node.inputs { inputs.append(name.isEmpty ? nil : try place(of: name, as: .tensor)) }
    var outputs: [Place?] = []
    for (name, output) in zip(job.node.outputs, job.outputs) {
      guard !name.isEmpty else {
        outputs.append(nil)
        continue
      }
      let place = newSlot(shape: output.fixedShape ?? [])
      outputs.append(place)
      define(name, place)
    }
    emit(
      Step(
        job.node.label, job.node.opType, "reference", macs: job.macs(), reads: inputs.compactMap { $0 }, writes: outputs.compactMap { $0 },
        work: ReferenceWork(label: job.node.label, definition: reference, inputs: inputs, outputs: outputs)))
  }
}

// What fast paths ask of the planner.
extension Planner {
  /// The node at a position with what is known of its inputs and outputs.
  func job(_ index: Int) -> PlanNode {
    let (node, definition, outputs) = nodes[index]
    let operands = node.inputs.map { $0.isEmpty ? nil : info[$0] }
    return PlanNode(index: index, node: node, definition: definition, inputs: operands, outputs: outputs)
  }

  func emit(_ step: Step) { steps.append(step) }

  func record(_ chain: Chain, _ choices: [ChainPlanner.Choice]) { chains.append((chain, choices)) }

  func define(_ name: String, _ place: Place) {
    if place.isDense { places[name, default: [:]][place.layout] = place } else { views[name] = place }
  }

  /// Gives a value another name.
  /// - Returns: whether it is anywhere yet.
  func alias(_ name: String, as other: String) -> Bool {
    for place in places[name, default: [:]].values { define(other, place) }
    if let view = views[name] { define(other, view) }
    if let held = dequantized[name] { dequantized[other] = held }
    return places[name] != nil || views[name] != nil || dequantized[name] != nil
  }

  /// Where a channels-last value is to be written by a step that respects `Place.steps`: inside the concatenation that reads it, or in a buffer of
  /// its own.
  func image(for name: String, _ shape: [Int], _ layout: Layout = .channelsLast) -> Place {
    guard let target = concatTargets[name] else { return newBuffer(shape, layout) }
    return concatenation(target.output, target.shape, layout).channels(from: target.channel, shape: shape)
  }

  /// The part of a larger value that a value is.
  func viewed(_ name: String) -> Place? { views[name] }

  /// The place of a concatenation's output: known from the first of its parts on.
  func concatenation(_ output: String, _ shape: [Int], _ layout: Layout = .channelsLast) -> Place {
    if let known = concatenations[output] { return known }
    let place = image(for: output, shape, layout)
    concatenations[output] = place
    return place
  }

  /// The value channels last for a step that respects `Place.steps`: it may lie inside a larger one.
  func image(of name: String) throws(EngineError) -> Place {
    if places[name] == nil, views[name] == nil, constant(name) == nil, let held = dequantized[name] {
      try dequantize(name, held.source, held.levels)
    }
    if let view = views[name] { return view }
    return try place(of: name, as: .channelsLast)
  }

  /// A buffer of the arena for a value of this shape.
  func newBuffer(_ shape: [Int], _ layout: Layout) -> Place {
    let count = shape.reduce(1, *)
    // Kernels read levels in fours, up to three behind the last.
    bufferSizes.append(layout == .levels ? (count + 3) / 4 + 1 : count)
    return Place(storage: .arena(bufferSizes.count - 1), layout: layout, shape: shape)
  }

  func newSlot(shape: [Int]) -> Place {
    slotCount += 1
    return Place(storage: .slot(slotCount - 1), layout: .tensor, shape: shape)
  }

  func constant(_ name: String) -> Tensor? { info[name]?.value }

  /// Whether the value is there once the steps so far have run.
  func isReady(_ name: String) -> Bool {
    places[name] != nil || views[name] != nil || dequantized[name] != nil || constant(name) != nil
  }

  /// Sees to it that a value is there: plans the nodes that make it now where they only move elements of values that are, so that a convolution
  /// before them in the list can add it.
  /// - Returns: whether it is there.
  func prepare(_ name: String) -> Bool {
    if isReady(name) { return true }
    guard let index = makers[name], !fused.contains(index), ["Slice", "Pad", "DequantizeLinear"].contains(nodes[index].node.opType)
    else { return false }
    let inputs = nodes[index].node.inputs.filter { !$0.isEmpty }
    for input in inputs { _ = prepare(input) }
    // The step of an input may have done it.
    if isReady(name) { return true }
    guard inputs.allSatisfy(isReady), (try? plan(index)) != nil else { return false }
    fused.insert(index)
    return isReady(name)
  }

  /// The shape of a value that is float32 and fixed.
  func floatShape(_ name: String) -> [Int]? {
    guard let info = info[name], info.type == .float else { return nil }
    return info.fixedShape
  }

  /// The one node that reads a value, where there is just one, it reads it once, and the caller does not fetch the value.
  func soleReader(of name: String) -> Int? {
    guard !fetched.contains(name), let all = readers[name], all.count == 1 else { return nil }
    return all.first
  }

  /// Whether somebody still reads the value or fetches it: an output that nobody wants need not be made.
  func isWanted(_ name: String) -> Bool { !name.isEmpty && (fetched.contains(name) || readers[name] != nil) }

  /// Says that a node's work is done by the step of another.
  func markFused(_ index: Int) { fused.insert(index) }

  /// The layout that a value is best read in: one it already has in the arena, channels last before row-major.
  func readyLayout(_ name: String) -> Layout? {
    let have = places[name] ?? [:]
    if have[.channelsLast] != nil || views[name] != nil { return .channelsLast }
    if have[.rowMajor] != nil { return .rowMajor }
    return dequantized[name].map { _ in floatShape(name).flatMap { ImageShape($0) } == nil ? .rowMajor : .channelsLast }
  }

  /// The value in a layout, its floats one behind another; converted by a step of its own (once) where it is only there in another.
  /// - Throws: `EngineError.input` where nothing makes the value.
  func place(of name: String, as layout: Layout) throws(EngineError) -> Place {
    if let place = places[name]?[layout] { return place }
    if let tensor = constant(name) {
      let place = try constantPlace(tensor, layout, name)
      define(name, place)
      return place
    }
    if places[name] == nil, views[name] == nil, let held = dequantized[name] {
      try dequantize(name, held.source, held.levels)
      return try place(of: name, as: layout)
    }
    var have = places[name] ?? [:]
    if let view = views[name], have[view.layout] == nil { have[view.layout] = view }
    let order: [Layout] = layout == .tensor ? [.rowMajor, .channelsLast, .levels] : [.channelsLast, .rowMajor, .levels, .tensor]
    guard let source = order.lazy.compactMap({ have[$0] }).first else {
      throw EngineError(.input, "nothing makes '\(name)'")
    }
    let target: Place
    if layout == .tensor {
      target = newSlot(shape: source.shape)
    } else if source.layout != .tensor, source.layout != .levels, layout != .levels, source.isDense, let image = ImageShape(source.shape),
      image.channels == 1 || image.pixels == 1
    {
      // One channel or one pixel: both layouts are the same floats.
      target = Place(storage: source.storage, layout: layout, shape: source.shape)
      define(name, target)
      return target
    } else {
      target = newBuffer(source.shape, layout)
    }
    let onLevels = source.layout == .levels || layout == .levels
    emit(
      Step(
        name, "layout", "\(source.layout.description)→\(layout.description)", reads: [source], writes: [target],
        work: onLevels
          ? LevelsLayoutWork(name: name, type: info[name]?.type ?? .uint8, source: source, target: target)
          : LayoutWork(name: name, source: source, target: target)))
    define(name, target)
    return target
  }

  private func constantPlace(_ tensor: Tensor, _ layout: Layout, _ name: String) throws(EngineError) -> Place {
    if layout == .tensor { return Place(storage: .tensor(tensor.inMemory), layout: .tensor, shape: tensor.shape) }
    guard var elements = tensor.type == .float ? tensor.floats() : nil else {
      throw EngineError(.unsupported, "constant '\(name)' is \(tensor.type), not float32")
    }
    if layout == .channelsLast, let image = ImageShape(tensor.shape) { elements = image.channelsLast(elements) }
    return Place(storage: .constant(FixedBuffer(elements)), layout: layout, shape: tensor.shape)
  }
}

extension ImageShape {
  /// Elements in ONNX's order rearranged to channels last.
  func channelsLast<Element>(_ elements: [Element]) -> [Element] {
    var out = elements
    for b in 0..<batch {
      for c in 0..<channels {
        for p in 0..<pixels { out[(b * pixels + p) * channels + c] = elements[(b * channels + c) * pixels + p] }
      }
    }
    return out
  }
}
