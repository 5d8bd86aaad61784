import Foundation
import KerfGraph
import KerfONNX
import Testing

@Suite struct RoundTripTests {
  @Test(arguments: SampleModels.all.indices) func aModelThatIsWrittenAndReadIsTheSame(_ index: Int) throws {
    let (name, model) = SampleModels.all[index]
    let again = try ONNXFile.decode(try ONNXFile.encode(model))
    // NaN differs from itself: the elements are compared as bytes by the second encoding.
    #expect(try ONNXFile.encode(again) == ONNXFile.encode(model), "\(name)")
    if name != "every element type" { #expect(again == model, "\(name)") }
  }

  @Test func fieldsThatKerfDoesNotKnowComeOutAgain() throws {
    let tail = { (mark: UInt8) in { (wire: inout Wire) in wire.bytes(500, [mark]) } }
    let bytes = Wire.message { model in
      model.int(1, 10)
      tail(1)(&model)
      model.string(6, "documentation of the model")
      model.message(8) {
        $0.string(1, "ai.onnx")
        $0.int(2, 21)
        tail(2)(&$0)
      }
      model.message(14) {
        $0.string(1, "key")
        $0.string(2, "value")
        tail(10)(&$0)
      }
      model.message(7) { graph in
        graph.string(2, "")
        tail(3)(&graph)
        graph.message(14) { $0.string(1, "quantization annotation") }
        graph.message(11) { input in
          input.string(1, "x")
          tail(4)(&input)
          input.message(2) { type in
            type.string(6, "IMAGE")
            type.message(1) { tensor in
              tensor.int(1, 1)
              tensor.message(2) { shape in
                shape.message(1) {
                  $0.int(1, 2)
                  $0.string(3, "DATA_BATCH")
                }
                shape.message(1) { $0.int(1, -1) }
              }
            }
          }
        }
        graph.message(5) { tensor in
          tensor.int(1, 1)
          tensor.int(2, 1)
          tensor.string(8, "w")
          tensor.bytes(9, [0, 0, 0x80, 0x3f])
          tensor.bytes(12, [0xff, 0xfe])
          tail(5)(&tensor)
        }
        graph.message(1) { node in
          node.string(1, "x")
          node.string(2, "y")
          node.string(3, "")
          node.string(4, "Op")
          node.string(7, "ai.onnx")
          tail(6)(&node)
          node.message(5) { attribute in
            attribute.string(1, "t")
            attribute.int(20, 4)
            attribute.message(5) { tensor in
              tensor.int(2, 7)
              tensor.int(1, 0)
              tensor.string(8, "named")
              tail(7)(&tensor)
            }
            tail(8)(&attribute)
          }
          node.message(5) {
            $0.string(1, "sparse")
            $0.int(20, 11)
            $0.bytes(22, [0x1a, 1, 3])
          }
        }
        graph.message(12) { output in
          output.string(1, "y")
          output.message(2) { $0.message(4) { $0.message(1) { $0.message(1) { $0.int(1, 1) } } } }
        }
        graph.message(15) {
          $0.message(1) {
            $0.string(8, "sparse_w")
            $0.int(2, 1)
          }
        }
      }
      model.message(25) {
        $0.string(1, "F")
        $0.string(10, "d")
        $0.string(8, "documentation")
        tail(9)(&$0)
      }
    }
    let model = try ONNXFile.decode(bytes)
    #expect(model.opset == 21)
    #expect(model.graph.carried == ["sparse_w"])
    #expect(model.graph.inputs[0].type == .tensor(.float, [.fixed(2), .unknown]))
    #expect(model.graph.nodes[0].domain.isEmpty)
    let written = try ONNXFile.encode(model)
    for mark in 1...10 { #expect(contains(written, [0xa2, 0x1f, 1, UInt8(mark)]), "unknown field \(mark)") }
    let texts = [
      "documentation of the model", "quantization annotation", "IMAGE", "DATA_BATCH", "named", "documentation", "sparse_w", "ai.onnx",
    ]
    for text in texts { #expect(contains(written, Array(text.utf8)), "\(text)") }
    #expect(contains(written, [0xff, 0xfe]))
    #expect(written.count == bytes.count + 2, "only the attribute's empty raw_data is new")
    #expect(try ONNXFile.decode(written) == model)
  }

  @Test func whatAPassChangesIsWrittenAndTheRestStays() throws {
    var model = try ONNXFile.decode(try ONNXFile.encode(SampleModels.convolutions))
    model.opsets[""] = 14
    model.opsets["new.domain"] = 3
    model.metadata.append(("kerf", "1"))
    model.graph.inputs[0].type = .tensor(.float, [.fixed(1), .fixed(1), .fixed(8), .fixed(8)])
    let again = try ONNXFile.decode(try ONNXFile.encode(model))
    #expect(again == model)
  }

  @Test func aWeightThatIsNoInputNeedsIRVersion4() throws {
    var model = SampleModels.shapeArithmetic
    #expect(try ONNXFile.decode(try ONNXFile.encode(model)).irVersion == 3)
    model.graph.inputs.removeAll { $0.name == "zero" }
    #expect(try ONNXFile.decode(try ONNXFile.encode(model)).irVersion == 4)
  }

  private func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
    bytes.indices.contains { bytes[$0...].starts(with: part) }
  }
}
