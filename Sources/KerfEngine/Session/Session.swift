import KerfGraph
import Synchronization

/// A model made ready to run.
///
/// Planning happens once for each set of input shapes (the first time in `init` where the shapes are known): shapes are inferred, constants
/// folded, operators fused, memory laid out, weights packed. `run` may be called from several threads at once, with equal shapes or different ones;
/// each call works in memory of its own. Results do not depend on the number of threads.
///
/// Runs and planning stop soon after their Swift task is cancelled, or the `CancellationToken` that they were given: between rows of a layer.
public final class Session: Sendable {
  /// The values that `run` returns.
  public let outputNames: [String]
  /// What `run` wants: name, and type and shape as the model states them.
  public let inputs: [ValueInfo]
  public let options: EngineOptions

  private let graph: Graph
  private let opset: Int
  let pool: ThreadPool
  private let weights: WeightCache
  /// The model's file, where weights are still read from it.
  private let file: ReadOnlyFile?
  /// For `EngineOptions.throughput`: which shapes run image by image, and the session that runs the images, on one thread each.
  let choices = BatchChoices()
  private let images = Mutex<Session?>(nil)
  private let plans = Mutex<[(key: [Shape], plan: Plan)]>([])
  /// Plans kept; more shapes than that push out the oldest.
  private static let most = 8

  /// Name, type and shape of a fed value.
  private struct Shape: Equatable {
    let name: String
    let type: ElementType
    let shape: [Int]
  }

  /// - Parameters:
  ///   - shapes: extents for inputs that the model leaves open; with them the first plan is made here and not by the first `run`.
  ///   - outputs: any values of the graph to return instead of its outputs; only what they need is computed.
  /// - Throws: `EngineError.unsupported` for an operator that the engine does not run, `.shape` where shapes do not fit, `.input` for names that
  ///   the graph does not have, `.cancelled` where the task was cancelled meanwhile.
  public convenience init(
    _ model: Model, shapes: [String: [Int]] = [:], outputs: [String]? = nil, options: EngineOptions = .init()
  ) throws(EngineError) {
    try self.init(model, shapes: shapes, outputs: outputs, options: options, file: nil, store: nil)
  }

  /// The same for a model of which weights are still in its file.
  /// - Parameters:
  ///   - file: must stay as it is while the session lives; replacing it does no harm.
  ///   - store: where packed weights are kept between runs.
  package init(
    _ model: Model, shapes: [String: [Int]], outputs: [String]?, options: EngineOptions, file: ReadOnlyFile?, store: PackedStore?
  ) throws(EngineError) {
    if let obstacle = options.obstacle { throw EngineError(.unsupported, obstacle) }
    weights = WeightCache(store)
    self.file = file
    let model = try EngineError.from { () throws(GraphError) in
      var flat = model
      if !flat.functions.isEmpty { try flat.run([InlineFunctions.self]) }
      // Integer executions are found in one form only.
      try flat.run([QLinearToQDQ.self])
      return flat
    }
    let graph = model.graph
    let constants = Set(graph.initializers.map(\.name))
    self.graph = graph
    opset = model.opset
    self.options = options
    inputs = graph.inputs.filter { !constants.contains($0.name) }
    outputNames = outputs ?? graph.outputs.map(\.name)
    pool = ThreadPool.shared(threads: options.threads)
    let known = Set(graph.inputs.map(\.name))
    if let stray = shapes.keys.sorted().first(where: { !known.contains($0) }) {
      throw EngineError(.input, "the model has no input '\(stray)'; it has \(known.sorted().joined(separator: ", "))")
    }
    if let key = Self.statedShapes(inputs, shapes) { _ = try plan(key) }
  }

  /// One that shares the other's graph and packed weights and runs on one thread.
  private init(imagesOf other: Session) {
    (graph, opset, inputs, outputNames) = (other.graph, other.opset, other.inputs, other.outputNames)
    (weights, file) = (other.weights, other.file)
    var options = other.options
    (options.threads, options.throughput) = (1, false)
    self.options = options
    pool = ThreadPool.shared(threads: 1)
  }

  /// Runs single images for this session; made on first use.
  var imageSession: Session {
    images.withLock { held in
      if let session = held { return session }
      let session = Session(imagesOf: self)
      held = session
      return session
    }
  }

  /// Runs the model: all its inputs by name, all its outputs by name. Blocks the calling thread.
  /// - Parameter token: stops the run when it is cancelled.
  /// - Throws: `EngineError.input` for a missing or unknown input or one of the wrong type or rank; `.shape` and `.unsupported` as `init`;
  ///   `.cancelled` where the task or the token was cancelled: the session can be used on.
  public func run(_ tensors: [String: Tensor], cancellation token: CancellationToken? = nil) throws(EngineError) -> [String: Tensor] {
    options.throughput ? try runBatch(tensors, Cancellation(token)) : try together(tensors, Cancellation(token))
  }

  /// Runs the model, all images together.
  func together(_ tensors: [String: Tensor], _ cancellation: Cancellation) throws(EngineError) -> [String: Tensor] {
    try plan(try key(tensors), cancellation).run(
      tensors, pool: pool, isa: options.instructionSet, cancellation: cancellation)
  }

  /// Bytes of activation memory that one run on inputs like these takes, scratch of the threads included.
  public func arenaBytes(_ tensors: [String: Tensor]) throws(EngineError) -> Int {
    let plan = try plan(try key(tensors))
    return 4 * (plan.arenaSize + options.threads * plan.scratchSize)
  }

  /// The plan for tensors of these shapes.
  package func plan(for tensors: [String: Tensor]) throws(EngineError) -> Plan { try plan(try key(tensors)) }

  /// What planned for tensors of these shapes, without weights.
  func planner(for tensors: [String: Tensor]) throws(EngineError) -> Planner {
    let infos = tensors.mapValues { TensorInfo($0.type, $0.shape.map { .fixed($0) }) }
    return try Planner.plan(
      graph, opset: opset, inputs: infos, fetched: outputNames, options: options, weights: WeightCache(isDry: true)
    ).planner
  }

  /// Runs with a call after every step.
  func run(_ tensors: [String: Tensor], clock: StageClock, observe: (Int) -> Void) throws(EngineError) -> [String: Tensor] {
    try plan(try key(tensors)).run(tensors, pool: pool, isa: options.instructionSet, clock: clock, observe: observe)
  }

  private func plan(_ key: [Shape], _ cancellation: Cancellation = Cancellation()) throws(EngineError) -> Plan {
    if let plan = plans.withLock({ $0.first { $0.key == key }?.plan }) { return plan }
    var infos: [String: TensorInfo] = [:]
    for entry in key { infos[entry.name] = TensorInfo(entry.type, entry.shape.map { .fixed($0) }) }
    if let file, !file.isUnchanged {
      throw EngineError(.input, "\(file.path) was written to while a session reads from it; replace such files instead")
    }
    let plan = try guardedPlan(infos, cancellation)
    weights.save()
    plans.withLock { plans in
      if plans.count >= Self.most { plans.removeFirst() }
      plans.append((key, plan))
    }
    return plan
  }

  /// A plan whose outputs are within the error bound, as far as that is measured.
  private func guardedPlan(_ infos: [String: TensorInfo], _ cancellation: Cancellation) throws(EngineError) -> Plan {
    func plan(_ options: EngineOptions, _ weights: WeightCache) throws(EngineError) -> Plan {
      try Planner.plan(
        graph, opset: opset, inputs: infos, fetched: outputNames, options: options, weights: weights, cancellation: cancellation
      ).plan
    }
    var options = options
    // Where values are rounded to levels, the smallest difference may take one to the next level: what comes out then says nothing of the sums.
    let rounds = graph.nodes.contains { $0.opType == "QuantizeLinear" || $0.opType == "DynamicQuantizeLinear" }
    while true {
      let made = try plan(options, weights)
      guard options.planning != .estimate, options.arithmetic == .float32, !rounds, !options.exact, made.isInexact,
        infos.values.allSatisfy({ $0.type == .float })
      else { return made }
      let check = AccuracyCheck(made, infos, wisdom: options.wisdom)
      let error = try check.error { () throws(EngineError) in
        var exact = options
        exact.exact = true
        let direct = try plan(exact, WeightCache())
        let noise = check.noise()
        return try check.difference(
          made.run(noise, pool: pool, isa: options.instructionSet, cancellation: cancellation),
          direct.run(noise, pool: pool, isa: options.instructionSet, cancellation: cancellation))
      }
      if error <= options.errorBound { return made }
      // Less of it, until it is little enough or none.
      options.errorBound = min(options.errorBound * options.errorBound / error, options.errorBound / 2)
      if options.errorBound < 1e-7 { options.exact = true }
    }
  }

  /// Checks the tensors against the model's inputs.
  private func key(_ tensors: [String: Tensor]) throws(EngineError) -> [Shape] {
    for input in inputs {
      guard let tensor = tensors[input.name] else {
        throw EngineError(.input, "input '\(input.name)' is missing; given are \(tensors.keys.sorted().joined(separator: ", "))")
      }
      guard case .tensor(let type, let shape) = input.type else { continue }
      if type != tensor.type { throw EngineError(.input, "input '\(input.name)' must be \(type), not \(tensor.type)") }
      guard let shape else { continue }
      if shape.count != tensor.rank || zip(shape, tensor.shape).contains(where: { $0.value ?? $1 != $1 }) {
        let wanted = shape.map(\.description).joined(separator: ", ")
        throw EngineError(.input, "input '\(input.name)' must be [\(wanted)], not \(tensor.shape)")
      }
    }
    let known = Set(graph.inputs.map(\.name))
    if let stray = tensors.keys.sorted().first(where: { !known.contains($0) }) {
      throw EngineError(.input, "the model has no input '\(stray)'; it has \(known.sorted().joined(separator: ", "))")
    }
    return tensors.keys.sorted().map { Shape(name: $0, type: tensors[$0]?.type ?? .undefined, shape: tensors[$0]?.shape ?? []) }
  }

  /// The inputs' shapes where the model or the caller states them all.
  private static func statedShapes(_ inputs: [ValueInfo], _ shapes: [String: [Int]]) -> [Shape]? {
    var key: [Shape] = []
    for input in inputs.sorted(by: { $0.name < $1.name }) {
      guard case .tensor(let type, let stated) = input.type else { return nil }
      guard let shape = shapes[input.name] ?? TensorInfo(type, stated).fixedShape else { return nil }
      key.append(Shape(name: input.name, type: type, shape: shape))
    }
    return key
  }
}

extension Dimension {
  /// The number, the symbol, or `?`.
  fileprivate var description: String {
    switch self {
    case .fixed(let n): "\(n)"
    case .symbolic(let name): name
    case .unknown: "?"
    }
  }
}
