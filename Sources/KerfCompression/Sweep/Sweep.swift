import KerfDecomposition
import KerfEngine
import KerfGraph

/// Factorizes layers at many ranks and says what each costs and is worth.
public struct Sweep: Sendable {
  private let model: Model
  private let name: CompressionResult.ModelName
  private let scan: LayerScan
  private let data: CompressionData?
  private let request: SweepRequest
  private let methods: [any DecompositionMethod]
  private let timer: LayerTimer
  private let machine: MachineDescription
  private let progress: @Sendable (Progress) -> Void

  /// - Throws: `CompressionError.request` for names of layers that there are not, `DecompositionError.unknownMethod` for forms and solvers.
  public init(
    _ model: Model, name: CompressionResult.ModelName, shapes: [String: [Int]], data: CompressionData?, request: SweepRequest,
    store: MeasurementStore, progress: @escaping @Sendable (Progress) -> Void = { _ in }
  ) throws {
    if data == nil, request.fitting != .filter || request.measuresNetwork {
      throw CompressionError(.request, "criterion '\(request.fitting.rawValue)' and the network's accuracy need images: give --data CARD")
    }
    guard [.filter, .data].contains(request.fitting) else {
      throw CompressionError(.request, "a sweep takes every layer by itself: --criterion filter or data")
    }
    for solver in request.solvers { try CPSolverRegistry.check(solver) }
    methods = try request.forms.isEmpty ? MethodRegistry.all : request.forms.map { try MethodRegistry.method(named: $0) }
    let values = try ShapeInference.infer(model, inputShapes: shapes, evaluator: Interpreter.evaluator(opset: model.opset))
    scan = LayerScan(model, shapes: values)
    let names = scan.sites.map(\.name)
    for layer in request.layers where !names.contains(layer) {
      throw CompressionError(.request, "\(name.path): no layer '\(layer)' can be factorized; there are \(names.joined(separator: ", "))")
    }
    machine = Machine.describe(request.engine)
    timer = LayerTimer(options: request.engine, store: store, machineKey: Machine.key(request.engine), opset: model.opset)
    (self.model, self.name, self.data, self.request, self.progress) = (model, name, data, request, progress)
  }

  public func run() throws -> SweepResult {
    let clock = ContinuousClock()
    let start = clock.now
    let sites = scan.sites.filter { request.layers.isEmpty || request.layers.contains($0.name) }
    var layers: [SweptLayer] = []
    let visit = { (site: LayerSite, view: LayerView?) throws in
      let moments = view.map { MomentGatherer(site: site, seed: request.seed).gather($0, cross: false) }
      layers.append(try swept(site, moments) { progress(Progress(stage: site.name, done: $0, total: $1)) })
    }
    if let data {
      _ = try SequentialWalk(model, sites: sites, options: EngineOptions(instructionSet: request.engine.instructionSet))
        .run(data.calibration) { site, view in
          try visit(site, view)
          return nil
        }
    } else {
      for site in sites { try visit(site, nil) }
    }
    return SweepResult(
      model: name, criterion: request.fitting.rawValue, metric: try request.measuresNetwork ? data?.validate(model) : nil, layers: layers,
      conditionThreshold: ConditionNumberRule.standard, skipped: scan.skipped, machine: machine, versions: ["kerf": KerfVersion.current],
      seconds: (clock.now - start).inSeconds)
  }

  private func swept(_ site: LayerSite, _ moments: Moments?, _ progress: (Int, Int) -> Void) throws -> SweptLayer {
    let kernel = site.kernel
    let analysis = try KernelAnalysis(kernel)
    var left: [String: String] = [:]
    var jobs: [(method: any DecompositionMethod, solver: String?, rank: Rank)] = []
    for method in methods {
      if let reason = method.applicability(to: kernel).reason {
        left[method.name] = reason
        continue
      }
      let ranks = ranks(of: method, for: kernel)
      if ranks.isEmpty { left[method.name] = request.ranks.isEmpty ? "no rank saves work" : "none of the ranks given is one of it" }
      let solvers: [String?] = method.hasCPSolvers && !request.solvers.isEmpty ? request.solvers : [nil]
      jobs += ranks.flatMap { rank in solvers.map { (method, $0, rank) } }
    }
    var made: [(point: SweepPoint, form: LayerForm)] = []
    for job in jobs {
      progress(made.count, jobs.count)
      made.append(try point(site, job.method, job.solver, job.rank, moments))
    }
    return SweptLayer(
      name: site.name, op: site.node.opType, kernel: kernel.shape, groups: kernel.groups, macs: site.macs, parameters: site.parameters,
      spectra: analysis.spectra.map {
        .init(name: $0.name, shape: $0.shape, values: $0.values, conditionNumber: $0.conditionNumber, stableRank: $0.stableRank)
      },
      tensorRankBound: analysis.tensorRankBound, typicalRankOfBank: analysis.typicalRankOfBank,
      typicalRankOfMerged: analysis.typicalRankOfMerged,
      crossoverRanks: Dictionary(
        analysis.forms.compactMap { form in form.crossoverRank.map { (form.method, $0.values) } }, uniquingKeysWith: { first, _ in first }),
      left: left, points: made.map(\.point), filters: try FilterPictures(kernel)?.rows(made) ?? [])
  }

  private func ranks(of method: any DecompositionMethod, for kernel: ConvolutionKernel) -> [Rank] {
    if request.ranks.isEmpty { return CandidateTable.spread(method.candidateRanks(for: kernel), to: request.ranksPerForm) }
    return request.ranks.filter { $0.count == type(of: method).rankCount && $0.allSatisfy { $0 >= 1 } }.map { Rank($0) }
      .filter { method.refusal(of: $0, for: kernel) == nil }
  }

  private func point(
    _ site: LayerSite, _ method: any DecompositionMethod, _ solver: String?, _ rank: Rank, _ moments: Moments?
  ) throws -> (point: SweepPoint, form: LayerForm) {
    let kernel = site.kernel
    var options = SolverOptions(seed: request.seed)
    options.cpSolver = solver
    options.cpCorrection = request.correction
    options.cpSweeps = request.steps
    options.randomStarts = request.starts ?? options.randomStarts
    let criterion: Criterion = request.fitting == .data ? moments.map { .data($0) } ?? .filter : .filter
    let clock = ContinuousClock()
    let start = clock.now
    let form = try method.factorize(kernel, rank: rank, criterion: criterion, options: options)
    let seconds = (clock.now - start).inSeconds
    let times = try request.timesForms ? timer.measure(site, [(form.factors, .float32)]).first : nil
    let quality = form.cpQuality(of: kernel)
    let point = SweepPoint(
      form: method.name, solver: solver, rank: rank.values, fit: 100 * (1 - form.kernelError(replacing: kernel)),
      responseError: try moments.map { try form.responseError(replacing: kernel, moments: $0) }, seconds: seconds,
      macs: site.macs(of: form.factors), parameters: form.parameters, milliseconds: times?.form, denseMilliseconds: times?.dense,
      metric: try request.measuresNetwork ? data?.validate(LayerRewriter.rewrite(model, [(site, form)])).value : nil, norm: quality?.norm,
      sensitivity: quality?.sensitivity)
    return (point, form)
  }
}
