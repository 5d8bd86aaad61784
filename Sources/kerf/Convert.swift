import ArgumentParser
import KerfONNX

/// `kerf convert IN OUT`
struct Convert: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Reads an ONNX file, checks it, and writes it again unchanged (external data is taken in).",
    discussion: """
      EXAMPLES
        kerf convert net.onnx copy.onnx
      """)

  @Argument(help: "The ONNX file to read.") var input: String
  @Argument(help: "The ONNX file to write.") var output: String

  func run() throws { try ONNXFile.write(try ONNXFile.read(input), to: output) }
}
