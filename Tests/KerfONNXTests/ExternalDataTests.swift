import Foundation
import KerfGraph
import KerfONNX
import Testing

@Suite final class ExternalDataTests {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("kerf-external-\(UInt64.random(in: 0 ... .max))")
    try FileManager.default.createDirectory(at: folder.appendingPathComponent("inside"), withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private func bytes(_ entries: [(String, String)]) -> [UInt8] {
    model { tensor in
      tensor.int(1, 2)
      tensor.int(2, 1)
      tensor.int(14, 1)
      for (key, value) in entries {
        tensor.message(13) {
          $0.string(1, key)
          $0.string(2, value)
        }
      }
    }
  }

  private func read(_ entries: [(String, String)]) throws(ONNXError) -> Model {
    try ONNXFile.decode(bytes(entries), directory: folder.appendingPathComponent("inside").path)
  }

  @Test func elementsBesideTheModelAreRead() throws {
    try Data([9, 9, 9, 9, 0, 0, 0x80, 0x3f, 0, 0, 0, 0x40]).write(to: folder.appendingPathComponent("inside/w.bin"))
    let model = try read([("location", "w.bin"), ("offset", "4"), ("length", "8"), ("checksum", "not looked at")])
    #expect(model.graph.initializers[0].tensor == Tensor([1, 2] as [Float], shape: [2]))
    #expect(try ONNXFile.decode(try ONNXFile.encode(model)) == model)
  }

  @Test(arguments: [
    ([("location", "missing.bin")], "missing"), ([("location", "../outside.bin")], "outside"), ([("location", "/etc/hostname")], "outside"),
    ([("location", "link.bin")], "leads outside"), ([("location", "short.bin")], "has 4 bytes"),
    ([("location", "short.bin"), ("offset", "99")], "beyond"), ([("location", "short.bin"), ("offset", "-1")], "no number"),
    ([("location", "short.bin"), ("length", "4")], "the tensor takes 8"), ([("location", ".")], "leads outside"),
    ([], "without a location"),
  ])
  func whatCannotBeReadIsRefused(_ entries: [(String, String)], _ reason: String) throws {
    try Data([0, 0, 0, 0]).write(to: folder.appendingPathComponent("inside/short.bin"))
    try Data(repeating: 0, count: 8).write(to: folder.appendingPathComponent("outside.bin"))
    try FileManager.default.createSymbolicLink(
      at: folder.appendingPathComponent("inside/link.bin"), withDestinationURL: folder.appendingPathComponent("outside.bin"))
    do {
      _ = try read(entries)
      Issue.record("was read")
    } catch {
      #expect(error.code == .externalData)
      #expect(error.node == "w")
      #expect(error.message.contains(reason), "\(error.message)")
    }
  }

  @Test func aModelTooLargeForOneFileKeepsItsTensorsBeside() throws {
    var model = SampleModels.convolutions
    let large = Tensor((0..<2000).map { Float($0) }, shape: [2000])
    for name in ["l1", "l2"] {
      model.graph.initializers.append(Initializer(name, large))
      model.graph.nodes.append(Node("Identity", inputs: [name], outputs: ["\(name)_out"]))
    }
    let path = folder.appendingPathComponent("net.onnx").path
    for _ in 0..<2 {
      try ONNXFile.write(model, to: path, inlineLimit: 10_000)
      #expect(try Data(contentsOf: folder.appendingPathComponent("net.onnx.data")).count == 8192 + 8000)
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)).count < 8000)
      #expect(try ONNXFile.read(path) == model)
    }
    try ONNXFile.write(model, to: path)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["inside", "net.onnx", "net.onnx.data"])
    #expect(try ONNXFile.read(path) == model)
  }
}
