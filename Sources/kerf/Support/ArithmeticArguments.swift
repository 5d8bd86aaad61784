import ArgumentParser
import KerfCompression
import KerfEngine

extension Arithmetic: ExpressibleByArgument {}

/// For the commands that run a network and write none.
struct ArithmeticArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What convolutions of floats multiply: float32, or bfloat16 where that is quicker.",
      discussion: "bfloat16 keeps eight significant bits of inputs and weights and needs AVX-512 BF16. Networks and files stay float32."))
  var arithmetic = Arithmetic.float32

  /// - Throws: `InputError` where the machine cannot.
  func apply(to options: EngineOptions) throws -> EngineOptions {
    var options = options
    options.arithmetic = arithmetic
    if let obstacle = options.obstacle { throw InputError("\(obstacle) (\(Machine.describe(options).cpu))") }
    return options
  }
}
