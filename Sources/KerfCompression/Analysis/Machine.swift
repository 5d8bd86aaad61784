import Foundation
import KerfEngine
import KerfGraph

/// The machine that times hold for.
public enum Machine {
  public static func describe(_ options: EngineOptions) -> MachineDescription {
    MachineDescription(
      cpu: processor, isa: options.instructionSet.name, threads: options.threads, cores: ProcessInfo.processInfo.activeProcessorCount,
      os: ProcessInfo.processInfo.operatingSystemVersionString)
  }

  /// What a time depends on beside what is timed.
  static func key(_ options: EngineOptions) -> [String] {
    [processor, options.instructionSet.name, "\(options.threads)", KerfVersion.current] + (options.exact ? ["exact"] : [])
      + (options.throughput ? ["throughput"] : []) + (options.planning == .measure ? [] : ["\(options.planning)"])
  }

  /// The processor's name and model numbers: some names alone do not tell two generations apart.
  private static var processor: String {
    #if os(Linux)
      let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
      let first = text.components(separatedBy: "\n\n").first ?? ""
      var fields: [String: String] = [:]
      for line in first.split(separator: "\n") {
        let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
        if parts.count == 2 { fields[parts[0]] = parts[1] }
      }
      let numbers = ["cpu family", "model"].compactMap { fields[$0] }.joined(separator: "/")
      return [
        fields["model name"] ?? fields["CPU implementer"] ?? "unknown processor", numbers.isEmpty ? nil : "(family/model \(numbers))",
      ]
      .compactMap { $0 }.joined(separator: " ")
    #else
      var size = 0
      sysctlbyname("machdep.cpu.brand_string", nil, &size, nil, 0)
      var name = [CChar](repeating: 0, count: max(size, 1))
      sysctlbyname("machdep.cpu.brand_string", &name, &size, nil, 0)
      return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    #endif
  }
}
