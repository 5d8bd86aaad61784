import KerfAlgebra
import KerfDecomposition
import KerfEngine
import KerfGraph

/// A network on the bench: its layers, its data, and the tools that fit and measure it.
struct Workbench: Sendable {
  let model: Model
  let source: Recipe.Source
  let shapes: [String: [Int]]
  let scan: LayerScan
  let values: [String: TensorInfo]
  let data: CompressionData?
  let request: CompressionRequest
  let store: MeasurementStore
  let encode: @Sendable (Model) throws -> [UInt8]
  let machine: MachineDescription
  /// How calibration and validation run: on every core, since results do not depend on the number of threads. Only timing takes the request's.
  let work: EngineOptions

  /// How often a time is taken at most, and by what factor the original is slower in a minute that does not count.
  private static let (timings, busy) = (3, 1.08)

  init(
    _ model: Model, source: Recipe.Source, shapes: [String: [Int]], data: CompressionData?, request: CompressionRequest,
    store: MeasurementStore, encode: @escaping @Sendable (Model) throws -> [UInt8]
  ) throws {
    self.model = model
    self.source = source
    self.shapes = shapes
    self.data = data
    self.request = request
    self.store = store
    self.encode = encode
    machine = Machine.describe(request.engine)
    work = EngineOptions(instructionSet: request.engine.instructionSet)
    values = try ShapeInference.infer(model, inputShapes: shapes, evaluator: Interpreter.evaluator(opset: model.opset))
    scan = LayerScan(model, shapes: values)
  }

  /// The forms that the request allows.
  var methods: [any DecompositionMethod] {
    switch request.method {
    case .auto: MethodRegistry.all
    case .form(let name, _): MethodRegistry.all.filter { type(of: $0).name == name }
    }
  }

  private var gatherer: CriterionGatherer {
    CriterionGatherer(readers: ResponseReaders(model, sites: scan.sites, values: values), seed: request.seed)
  }

  private var command: CommandTimer? { request.timer.map { CommandTimer($0, encode: encode) } }

  var machineKey: [String] { Machine.key(request.engine) }

  /// What a layer's errors depend on beside the layer.
  func dataKey(_ fitting: CompressionRequest.Fitting) -> [String] {
    [
      source.sha256, data?.card.sha256 ?? "", "\(data?.card.calibration ?? 0) \(data?.card.edge ?? 0)", data?.calibrationState ?? "",
      KerfVersion.current,
    ]
      + request.passes + [fitting.rawValue]
  }

  // MARK: Stages

  /// Times, errors and harms of everything that may stand in each layer's place.
  func table(_ report: inout RunLog, _ progress: @escaping @Sendable (Progress) -> Void) throws -> [LayerCandidates] {
    let timer = LayerTimer(options: request.engine, store: store, machineKey: machineKey, opset: model.opset, command: command)
    let builder = CandidateTable(
      methods: methods, precisions: request.precision.layers, timer: timer, store: store,
      dataKey: dataKey(request.fitting == .filter ? .filter : .data), options: request.solverOptions)
    var layers: [LayerCandidates] = []
    for (index, site) in scan.sites.enumerated() {
      progress(Progress(stage: "time candidates", done: index, total: scan.sites.count))
      layers.append(try builder.timed(site))
    }
    try scaleToPlace(&layers)
    let missing = layers.indices.filter {
      guard let known = builder.known(layers[$0], probed: data != nil) else { return true }
      layers[$0] = known
      return false
    }
    guard let data, !missing.isEmpty else {
      for index in missing { layers[index] = try builder.fitted(layers[index], criterion: .filter, probe: nil) { nil } }
      return layers
    }
    let sites = missing.filter { !layers[$0].candidates.isEmpty }.map { layers[$0].site }
    let probe = try HarmProbe(
      model: model, sites: sites, calibration: data.calibration, macsPerElement: macsPerElement, options: work)
    var position = 0
    let gatherer = gatherer
    _ = try SequentialWalk(model, sites: sites, options: work).run(data.calibration) { site, view in
      progress(Progress(stage: "fit candidates", done: position, total: sites.count))
      position += 1
      guard let index = layers.firstIndex(where: { $0.site.index == site.index }) else { return nil }
      let criterion = gatherer.gather(site, view, fitting: request.fitting == .filter ? .filter : .data).criterion
      layers[index] = try builder.fitted(layers[index], criterion: criterion, probe: probe) {
        layers[index].hasLevels ? try LevelsError(site, view: view, opset: model.opset) : nil
      }
      return nil
    }
    return layers
  }

  /// Puts the times of each layer on the scale of its time inside the network: layers that were timed in a busier hour than others compare again. Layers
  /// that another step runs along keep their times.
  private func scaleToPlace(_ layers: inout [LayerCandidates]) throws {
    guard request.goal.needsTime, command == nil else { return }
    let key = machineKey + [source.sha256, shapesKey, "times in place"] + request.passes
    let times = try store.value(for: key) { () -> [String: Double] in
      let times = try layerTimes(model)
      return scan.sites.reduce(into: [:]) { $0[$1.name] = times[$1] }
    }
    for (index, layer) in layers.enumerated() {
      guard let inPlace = times[layer.site.name], inPlace > 0, layer.denseMilliseconds > 0 else { continue }
      let scale = inPlace / layer.denseMilliseconds
      layers[index].denseMilliseconds = inPlace
      for c in layer.candidates.indices { layers[index].candidates[c].milliseconds *= scale }
    }
  }

  /// Where the time goes in a network, measured in place.
  func layerTimes(_ model: Model) throws -> LayerTimes {
    let timer = try networkTimer()
    let session = try Session(model, shapes: timer.inputs.mapValues(\.shape), options: timer.options)
    return LayerTimes(try session.profile(timer.inputs, runs: 5))
  }

  /// Fits the chosen forms, layer after layer, and writes them into the network.
  ///
  /// Layers that are to be int8 are quantized without polish: see `finished`.
  func fit(_ choices: Choices, _ progress: @escaping @Sendable (Progress) -> Void) throws -> FittedNetwork {
    var fitted = try fitForms(choices.replaced, data?.calibration, request.solverOptions, progress)
    guard choices.hasInt8 else { return fitted }
    guard let data else { throw CompressionError(.request, "--precision \(request.precision.rawValue) needs images: give --data CARD") }
    progress(Progress(stage: "quantize", done: 0, total: 1))
    let quantization = try QuickQuantization(fitted.model, batches: data.calibration, options: work)
    fitted.float = fitted.model
    fitted.model = quantization.model { choices.isInt8($0, others: request.precision == .int8) }
    return fitted
  }

  /// The network as it is written: its int8 layers quantized with everything that helps them.
  func finished(_ fitted: FittedNetwork, _ choices: Choices, _ progress: @escaping @Sendable (Progress) -> Void) throws -> FittedNetwork {
    guard !fitted.isFinished, let float = fitted.float, let data else { return fitted }
    var network = fitted
    network.isFinished = true
    let layers = try PreparedNetwork(float).scan.layers.map(\.name)
    let left = layers.filter { !choices.isInt8($0, others: request.precision == .int8) }
    // The bound of the goal holds for form and levels together: layers are not left float against it.
    var unseen = data
    // The result of the whole run has the pictures.
    unseen.pictures = { _, _ in [] }
    let wanted = QuantizationRequest(leavesFloat: false, keepFloat: left, engine: work, seed: request.seed)
    let outcome = try Quantizer(
      float, name: .init(name: model.graph.name, path: source.file), data: unseen, request: wanted, encode: encode, progress: progress
    ).run()
    // Polish on calibration images may fail to help on others.
    let (quick, full) = (try data.validate(fitted.model).value, try data.validate(outcome.model).value)
    if quick <= full { (network.model, network.quantization) = (outcome.model, outcome.result) }
    return network
  }

  /// What the chosen forms do to the output together, fitted by few sweeps on a quarter of the calibration images.
  func screened(_ choices: Choices, _ probe: HarmProbe?, _ progress: @escaping @Sendable (Progress) -> Void) throws -> NetworkHarm? {
    guard let probe, let batches = data?.calibration else { return nil }
    return try store.value(for: key(choices) + ["screened"]) {
      try probe.harm(
        fitForms(choices.replaced, Array(batches.prefix(max(2, batches.count / 4))), request.solverOptions.previewed, progress))
    }
  }

  private func fitForms(
    _ choices: Choices, _ calibration: [[String: Tensor]]?, _ options: SolverOptions, _ progress: @escaping @Sendable (Progress) -> Void
  ) throws -> FittedNetwork {
    let chosen = scan.sites.filter { choices[$0.name] != nil }
    if chosen.isEmpty { return FittedNetwork(model: model, errors: [:]) }
    var (errors, notes): ([String: Double], [String: String]) = ([:], [:])
    let factorize = { (site: LayerSite, criterion: Criterion) throws -> LayerForm? in
      progress(Progress(stage: "fit layers", done: errors.count, total: chosen.count))
      guard let choice = choices[site.name] else { return nil }
      let form = try MethodRegistry.method(named: choice.form)
        .factorize(site.kernel, rank: Rank(choice.rank), criterion: criterion, options: options)
      errors[site.name] = try form.error(for: site.kernel, criterion)
      return form
    }
    let forms: [(site: LayerSite, form: LayerForm)]
    if let calibration, request.fitting != .filter {
      let gatherer = gatherer
      forms = try SequentialWalk(model, sites: chosen, options: work).run(calibration) { site, view in
        let gathered = gatherer.gather(site, view, fitting: request.fitting)
        notes[site.name] = gathered.note
        return try factorize(site, gathered.criterion)
      }
    } else {
      forms = try chosen.compactMap { site in try factorize(site, .filter).map { (site, $0) } }
    }
    return FittedNetwork(model: LayerRewriter.rewrite(model, forms), forms: forms, errors: errors, notes: notes)
  }

  /// Bytes of a network's weights, and of its activations in the engine at the measured shape.
  func memory(_ model: Model) throws -> Int {
    let timer = try networkTimer()
    let session = try Session(model, shapes: timer.inputs.mapValues(\.shape), options: timer.options)
    let weights = model.graph.initializers.reduce(0) { $0 + $1.tensor.count * ($1.tensor.type.byteCount ?? 4) }
    return try weights + session.arenaBytes(timer.inputs)
  }

  /// Multiply-adds of the layers for each element of the network's input.
  var macsPerElement: Double {
    let elements = shapes.values.reduce(0) { $0 + $1.reduce(1, *) }
    return Double(scan.sites.reduce(0) { $0 + $1.macs }) / Double(max(1, elements))
  }

  /// As `time`; a bound on work or size can be met by a network that the engine cannot run, whose time is then not known (NaN).
  func timeWherePossible(_ choices: Choices) throws -> (original: Double, network: Double) {
    do { return try time(choices) } catch let error as EngineError where error.code == .unsupported && !request.goal.needsTime {
      return (.nan, .nan)
    }
  }

  /// Time of the original and of a network with the chosen shapes; weights do not matter for the time. Taken again where the original is slower than it
  /// was before: in a busy minute networks slow down by different factors.
  func time(_ choices: Choices) throws -> (original: Double, network: Double) {
    let models = [model, try skeleton(choices)]
    let key = machineKey + [source.sha256, shapesKey, "least time"] + request.passes + (request.timer.map { [$0] } ?? [])
    var best: (original: Double, network: Double)?
    for _ in 0..<Self.timings {
      let timings = try networkTimer().measure(models, seconds: 2, rounds: 1)
      if timings[0].median < best?.original ?? .infinity { best = (timings[0].median, timings[1].median) }
      let least = min(timings[0].median, store.value(Double.self, for: key) ?? .infinity)
      store.keep(least, for: key)
      if let best, command != nil || best.original <= Self.busy * least { break }
    }
    return best ?? (.nan, .nan)
  }

  /// The network with the chosen forms' shapes and weights 0: as large, and as fast, as the fitted one.
  func skeleton(_ choices: Choices) throws -> Model {
    let all = choices
    let choices = choices.replaced
    let forms = try scan.sites.compactMap { site in
      try choices[site.name].map { choice in
        let factors = try MethodRegistry.method(named: choice.form).skeleton(of: site.kernel, rank: Rank(choice.rank))
        return (site: site, form: LayerForm(method: choice.form, rank: Rank(choice.rank), factors: factors))
      }
    }
    let rewritten = LayerRewriter.rewrite(model, forms)
    if !all.hasInt8 { return rewritten }
    return try QuickQuantization(skeleton: rewritten).model { all.isInt8($0, others: request.precision == .int8) }
  }

  func networkTimer() throws -> NetworkTimer {
    NetworkTimer(
      options: request.engine, inputs: try data?.timing ?? TimingInputs.tensors(for: model, shapes: shapes), command: command)
  }

  func recipe(_ choices: Choices, result: Model) throws -> Recipe {
    Recipe(
      kerf: KerfVersion.current, model: source, data: data?.card, passes: request.passes.isEmpty ? nil : request.passes,
      criterion: request.fitting.rawValue, precision: request.precision == .float32 ? nil : request.precision.rawValue,
      solver: request.cpSolver, correction: request.cpCorrection, seed: request.seed,
      machine: Recipe.Machine(cpu: machine.cpu, isa: machine.isa), result: ContentHash.hexadecimal(of: try encode(result)),
      layers: scan.sites.compactMap { site in
        choices[site.name].map {
          Recipe.Layer(name: site.name, form: $0.form, rank: $0.rank, precision: $0.precision == .float32 ? nil : $0.precision)
        }
      })
  }
}
