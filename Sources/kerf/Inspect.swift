import ArgumentParser
import KerfCompression
import KerfData
import KerfDecomposition
import KerfEngine
import KerfGraph
import KerfReport

/// `kerf inspect MODEL`
struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows each layer: kernel, output, cost, and how far it can be factorized.",
    discussion: """
      EXAMPLES
        kerf inspect net.onnx
        kerf inspect net.onnx --shape 1,1,256,256
        kerf inspect net.onnx --json
      """)

  @Argument(help: "The ONNX file.") var model: String
  @Option(help: "Shape of an input, 'x=1,3,224,224' or '1,3,224,224' (may be repeated).") var shape: [NamedArgument] = []
  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    let loaded = try LoadedModel(model)
    let given = try shape.shapes(for: loaded.model)
    let inspection = try Inspection(loaded.model, shapes: (try? loaded.shapes(given)) ?? given)
    if json { return print(try ResultJSON.text(inspection)) }
    print(InspectionTable.text(inspection, width: Terminal.standardOutput.width, colours: Terminal.standardOutput.welcomesColours))
  }
}
