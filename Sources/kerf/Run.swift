import ArgumentParser
import Foundation
import KerfData
import KerfEngine
import KerfGraph

/// `kerf run MODEL --input x=a.npy --output y=b.npy`
struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Runs a network once on arrays (.npy) or a picture.",
    discussion: """
      A network with one input and one output needs no names. A picture (.png, .jpg, .tif) is fed as float32 NCHW, 0..1, and a .png output
      is written from 0..1; anything else goes through .npy, every element type and scalars included.

      EXAMPLES
        kerf run net.onnx --input x=a.npy --output y=b.npy
        kerf run denoise.onnx --input noisy.png --output clean.png --threads 1
        kerf run net.onnx --input x=a.npy --input k=b.npy --output y=c.npy
      """)

  @Argument(help: "The ONNX file.") var model: String
  @Option(name: [.short, .long], help: "An input, 'name=file' (may be repeated).") var input: [NamedArgument] = []
  @Option(name: [.short, .long], help: "An output to write, 'name=file' (may be repeated).") var output: [NamedArgument] = []
  @Flag(help: "Use the plain reference implementations only.") var reference = false
  @OptionGroup var engine: EngineArguments
  @OptionGroup var arithmetic: ArithmeticArguments

  func run() throws {
    var options = try arithmetic.apply(to: engine.engineOptions(.estimate))
    options.fastPaths = !reference
    let loaded = try LoadedModel(model, toRun: options)
    let feeds = loaded.model.feeds
    var tensors: [String: Tensor] = [:]
    for argument in input {
      let name = try argument.resolve(
        among: loaded.model.graph.inputs.map(\.name).filter { n in
          feeds.isEmpty || feeds.count > 1 || n == feeds[0].name || argument.name != nil
        }, what: "input")
      tensors[name] = try TensorFile.read(argument.value)
    }
    let targets = try output.map { ($0.value, try $0.resolve(among: loaded.model.graph.outputs.map(\.name), what: "output")) }
    let session = try loaded.session(options: options)
    engine.keep(options)
    let made = try session.run(tensors)
    for (path, name) in targets {
      guard let tensor = made[name] else { throw InputError("output '\(name)' was not made") }
      try TensorFile.write(tensor, to: path)
    }
    if targets.isEmpty {
      for name in loaded.model.graph.outputs.map(\.name) {
        if let tensor = made[name] { print("\(name): \(tensor.type) \(tensor.shape)") }
      }
    }
  }
}

/// Tensors in files: `.npy`, or pictures as float32 `[1, C, H, W]` in 0..1.
enum TensorFile {
  static func read(_ path: String) throws -> Tensor {
    if path.hasSuffix(".npy") {
      guard let bytes = FileManager.default.contents(atPath: path) else { throw InputError("\(path): cannot be read") }
      do { return try NumpyFile.decode([UInt8](bytes)) } catch { throw InputError("\(path): \(error)") }
    }
    let image = try Image(contentsOf: path)
    let plane = image.width * image.height
    var values = [Float](repeating: 0, count: image.pixels.count)
    for pixel in 0..<plane {
      for channel in 0..<image.channels { values[channel * plane + pixel] = image.pixels[pixel * image.channels + channel] / 255 }
    }
    return Tensor(values, shape: [1, image.channels, image.height, image.width])
  }

  static func write(_ tensor: Tensor, to path: String) throws {
    if path.hasSuffix(".png") {
      let shape = Array(repeating: 1, count: max(0, 4 - tensor.rank)) + tensor.shape
      guard shape.count == 4, shape[0] == 1, shape[1] == 1 || shape[1] == 3, let values = tensor.floats() else {
        throw InputError("\(path): an output of shape \(tensor.shape) is no picture; write .npy")
      }
      let plane = shape[2] * shape[3]
      var pixels = [Float](repeating: 0, count: values.count)
      for pixel in 0..<plane {
        for channel in 0..<shape[1] { pixels[pixel * shape[1] + channel] = min(max(values[channel * plane + pixel] * 255, 0), 255) }
      }
      return try Image(width: shape[3], height: shape[2], channels: shape[1], pixels: pixels).writePNG(to: path)
    }
    guard path.hasSuffix(".npy") else { throw InputError("\(path): outputs are written as .npy or .png") }
    do { try Data(NumpyFile.encode(tensor)).write(to: URL(fileURLWithPath: path), options: .atomic) } catch let error as EngineError {
      throw error
    } catch { throw InputError("\(path): cannot be written: \(error.localizedDescription)") }
  }
}
