import ArgumentParser
import Foundation
import KerfCompression
import KerfData
import KerfDecomposition
import KerfEngine
import KerfGraph
import KerfONNX

/// The command line: one file a subcommand, no logic of its own.
@main
struct KerfCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kerf",
    abstract: "Makes trained convolutional networks measurably faster by factorizing their kernels: ONNX in, ONNX out.",
    discussion: """
      EXAMPLES
        kerf inspect net.onnx
        kerf compress net.onnx --data card.yaml --speedup 2 -o small.onnx --report small.html
        kerf eval small.onnx --data card.yaml
        kerf bench small.onnx --threads 1 --per-layer

      EXIT CODES
        0 good · 1 the bound asked for cannot be met (the best result is said) · 2 bad input · 70 a defect of Kerf
      """,
    version: KerfVersion.current,
    subcommands: [
      Inspect.self, SweepCommand.self, Eval.self, Compress.self, Quantize.self, Run.self, Bench.self, Demo.self, Convert.self,
      TimeServer.self,
    ])

  static func main() {
    BetterKernels.restart()
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      Foundation.exit(Failure.report(error, for: Self.self))
    }
  }
}

/// How errors end the program.
enum Failure {
  /// The bound that was asked for cannot be met.
  static let unmet: Int32 = 1
  static let badInput: Int32 = 2
  static let defect: Int32 = 70

  /// Says what went wrong on standard error and gives the exit code.
  static func report(_ error: any Error, for root: KerfCommand.Type) -> Int32 {
    let code = root.exitCode(for: error)
    if code == .success {
      print(root.message(for: error))
      return 0
    }
    switch error {
    case let exit as ExitCode: return exit.rawValue
    case let error as BoundNotMet:
      say("\(error)")
      return unmet
    case is ONNXError, is GraphError, is EngineError, is CompressionError, is DecompositionError, is DataError, is InputError:
      say("\(error)")
      return badInput
    default:
      if code == .validationFailure {
        FileHandle.standardError.write(Data((root.fullMessage(for: error) + "\n").utf8))
        return badInput
      }
      say("defect: \(error)")
      return defect
    }
  }

  private static func say(_ message: String) {
    FileHandle.standardError.write(Data("kerf: \(message)\n".utf8))
  }
}
