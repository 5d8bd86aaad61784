import KerfData
import KerfGraph

extension Workbench {
  /// The search for a goal over a table; `record` is told of every network that was made.
  func search(
    _ chooser: Chooser, record: @escaping (Attempt) -> Void, _ progress: @escaping @Sendable (Progress) -> Void
  ) throws -> BudgetSearch {
    let probe = try data.map {
      try HarmProbe(model: model, sites: [], calibration: $0.calibration, macsPerElement: macsPerElement, options: work)
    }
    return BudgetSearch(
      chooser: chooser, tools: WorkbenchTools(workbench: self, probe: probe, progress: progress, record: record),
      levelsAlone: request.precision == .float32 ? nil : levelsAlone, drawsCurve: request.drawsCurve && data != nil)
  }
}

/// The workbench as a search uses it: with progress, and with the probe of what networks do to the output.
struct WorkbenchTools: SearchTools {
  let workbench: Workbench
  /// `nil` without data.
  let probe: HarmProbe?
  let progress: @Sendable (Progress) -> Void
  let record: (Attempt) -> Void

  func time(_ choices: Choices) throws -> (original: Double, network: Double) { try workbench.keptTime(choices) }
  func macs(_ choices: Choices) throws -> Int { try NetworkCost(workbench.skeleton(choices), shapes: workbench.shapes).macs }
  func size(_ choices: Choices) throws -> Int { try workbench.encode(workbench.skeleton(choices)).count }
  func memory(_ choices: Choices) throws -> Int { try workbench.memory(workbench.skeleton(choices)) }
  func fit(_ choices: Choices) throws -> FittedNetwork { try workbench.fit(choices, progress) }
  func finish(_ fitted: FittedNetwork, _ choices: Choices) throws -> FittedNetwork { try workbench.finished(fitted, choices, progress) }

  func screen(_ choices: Choices) throws -> NetworkHarm? {
    progress(Progress(stage: "compare forms", done: 0, total: 1))
    return try workbench.screened(choices, probe, progress)
  }

  func harm(_ fitted: FittedNetwork) throws -> NetworkHarm? {
    progress(Progress(stage: "weigh layers", done: 0, total: 1))
    return try probe?.harm(fitted)
  }

  func validate(_ model: Model) throws -> Double? {
    do { return try workbench.data?.validate(model).value } catch let error as DataError where error.code == .notFinite {
      return -.infinity
    }
  }

  func recall(_ choices: Choices) -> Attempt? { workbench.recalled(choices) }
  func keep(_ attempt: Attempt) { workbench.keep(attempt) }
  func log(_ attempt: Attempt) { record(attempt) }
}
