import ArgumentParser
import Foundation
import KerfCompression
import KerfDecomposition
import KerfEngine
import KerfGraph

/// `name=value`, or `value` alone where the network has one input (or output).
struct NamedArgument: ExpressibleByArgument, Sendable {
  let name: String?
  let value: String

  init?(argument: String) {
    if let sign = argument.firstIndex(of: "=") {
      name = String(argument[..<sign])
      value = String(argument[argument.index(after: sign)...])
    } else {
      name = nil
      value = argument
    }
  }

  /// The name, or the only one there is.
  func resolve(among names: [String], what: String) throws -> String {
    if let name {
      guard names.contains(name) else { throw InputError("the network has no \(what) '\(name)'; it has \(names.joined(separator: ", "))") }
      return name
    }
    guard names.count == 1 else {
      throw InputError("the network has \(names.count) \(what)s (\(names.joined(separator: ", "))): write NAME=\(value)")
    }
    return names[0]
  }
}

extension [NamedArgument] {
  /// Shapes by input name from `x=1,3,224,224` or `1,3,224,224`.
  func shapes(for model: Model) throws -> [String: [Int]] {
    var shapes: [String: [Int]] = [:]
    for argument in self {
      let name = try argument.resolve(among: model.feeds.map(\.name), what: "input")
      let extents = argument.value.split(separator: ",").map { Int($0) }
      guard !extents.isEmpty, extents.allSatisfy({ ($0 ?? 0) > 0 }) else {
        throw InputError("shape '\(argument.value)' must be positive numbers with commas between: 1,3,224,224")
      }
      shapes[name] = extents.compactMap { $0 }
    }
    return shapes
  }
}

extension Model {
  /// Inputs that the caller must feed: those without a default.
  var feeds: [ValueInfo] {
    let defaults = Set(graph.initializers.map(\.name))
    return graph.inputs.filter { !defaults.contains($0.name) }
  }
}

extension CPCorrection {
  /// The word of an option.
  init(argument: String) throws {
    guard let goal = CPCorrection(rawValue: argument) else {
      throw InputError("--correction '\(argument)' is none of \(CPCorrection.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    self = goal
  }
}

struct EngineArguments: ParsableArguments {
  @Option(help: "Threads of the engine (default: all cores).")
  var threads: Int?

  @Option(
    help: ArgumentHelp(
      "How convolutions are planned: estimate (never looks at a clock), measure, exhaustive, or a file of measurements to plan by and to add to.",
      discussion: "What was measured is kept and used again.", valueName: "mode|file"))
  var plan: String?

  @Flag(help: "Only executions that sum directly: no Winograd, no Fourier transform.")
  var exact = false

  @Flag(help: "Run a batch as one image a thread where that is quicker (the first axis counts independent images).")
  var throughput = false

  /// - Parameters:
  ///   - usual: where no `--plan` is given.
  ///   - store: where what was measured is kept.
  func engineOptions(_ usual: PlanMode = .measure, store: MeasurementStore = .standard()) throws -> EngineOptions {
    if let threads, threads < 1 || threads > 1024 { throw InputError("--threads \(threads) must be between 1 and 1024") }
    var options = EngineOptions(threads: threads, exact: exact)
    options.throughput = throughput
    options.planning = plan.map { PlanMode(rawValue: $0) ?? .measure } ?? usual
    if options.planning != .estimate { options.wisdom = wisdomFile(store).load() }
    return options
  }

  /// Keeps what planning has measured.
  func keep(_ options: EngineOptions, store: MeasurementStore = .standard()) {
    if let wisdom = options.wisdom { wisdomFile(store).save(wisdom) }
  }

  private func wisdomFile(_ store: MeasurementStore) -> WisdomFile {
    if let plan, PlanMode(rawValue: plan) == nil { return WisdomFile(file: URL(fileURLWithPath: plan)) }
    return .standard(store)
  }
}
