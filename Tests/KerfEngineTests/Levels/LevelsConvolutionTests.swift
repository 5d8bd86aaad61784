import KerfEngine
import KerfGraph
import Testing

/// One convolution of levels against the reference operators.
struct LevelsConvolutionCase: Sendable, CustomStringConvertible {
  var x = [1, 16, 9, 11]
  var w = [24, 16, 3, 3]
  var pads = [1, 1, 1, 1]
  var strides = [1, 1]
  var dilations = [1, 1]
  var groups = 1
  var input = LevelsLayer.Scale(scale: 0.01, zero: 120)
  var output = LevelsLayer.Scale(scale: 0.02, zero: 100)
  var perChannel = true
  var tail = "none"

  var description: String { "\(x) * \(w) pads \(pads) strides \(strides) dilations \(dilations) groups \(groups) \(tail)" }

  static let all: [LevelsConvolutionCase] = [
    LevelsConvolutionCase(),
    LevelsConvolutionCase(tail: "Relu"),
    LevelsConvolutionCase(perChannel: false, tail: "Clip"),
    LevelsConvolutionCase(tail: "PRelu"),
    LevelsConvolutionCase(tail: "BatchNormalization"),
    LevelsConvolutionCase(tail: "Add"),
    LevelsConvolutionCase(tail: "quantized Add"),
    LevelsConvolutionCase(tail: "quantized PRelu"),
    LevelsConvolutionCase(tail: "float"),
    LevelsConvolutionCase(input: .init(scale: 0.01, zero: -7, isSigned: true), output: .init(scale: 0.03, zero: 5, isSigned: true)),
    LevelsConvolutionCase(x: [2, 3, 13, 7], w: [10, 3, 5, 3], pads: [2, 0, 1, 2], strides: [2, 1], tail: "Relu"),
    LevelsConvolutionCase(x: [1, 7, 8, 8], w: [5, 7, 3, 3], pads: [0, 0, 0, 0], dilations: [2, 2]),
    LevelsConvolutionCase(x: [1, 1, 5, 6], w: [3, 1, 3, 3]),
    LevelsConvolutionCase(x: [1, 64, 6, 5], w: [70, 64, 1, 1], pads: [0, 0, 0, 0], tail: "Relu"),
    LevelsConvolutionCase(x: [1, 12, 10, 9], w: [18, 4, 3, 3], groups: 3),
    LevelsConvolutionCase(x: [1, 19, 10, 9], w: [19, 1, 3, 3], groups: 19, tail: "Relu"),
    LevelsConvolutionCase(x: [1, 32, 10, 9], w: [32, 1, 3, 1], pads: [1, 0, 1, 0], groups: 32),
    LevelsConvolutionCase(x: [1, 32, 10, 9], w: [32, 1, 1, 3], pads: [0, 1, 0, 1], groups: 32, tail: "quantized Add"),
    LevelsConvolutionCase(x: [1, 33, 11, 12], w: [33, 1, 5, 5], pads: [2, 2, 2, 2], strides: [2, 2], groups: 33, tail: "float"),
    LevelsConvolutionCase(x: [2, 16, 5, 23], w: [16, 1, 1, 3], pads: [0, 1, 0, 1], groups: 16, tail: "PRelu"),
    LevelsConvolutionCase(x: [1, 48, 7, 10], w: [48, 1, 3, 3], groups: 48, tail: "float"),
    LevelsConvolutionCase(x: [1, 96, 6, 9], w: [96, 1, 3, 1], pads: [1, 0, 1, 0], groups: 96, tail: "quantized Add"),
    LevelsConvolutionCase(x: [1, 8, 2, 3], w: [8, 8, 7, 7], pads: [3, 3, 3, 3]),
    LevelsConvolutionCase(x: [1, 6, 4, 4], w: [4, 6, 3, 3], pads: [1, 1, 1, 1], input: .init(scale: 0.004, zero: 255), tail: "Relu"),
    LevelsConvolutionCase(x: [1, 9, 17], w: [11, 9, 3], pads: [1, 1], strides: [1], dilations: [1]),
  ]

  private var attributes: [Attribute] {
    let lists = [("pads", pads), ("strides", strides), ("dilations", dilations)]
    let window = lists.map { name, values in Attribute(name, .ints(values.map { Int64($0) })) }
    return window + [Attribute("group", .int(Int64(groups)))]
  }

  /// The network and the name of what comes out.
  func network() -> (layer: LevelsLayer, output: String) {
    var layer = LevelsLayer(x)
    let a = layer.requantize("x", input)
    let kernel = layer.weights(w, perChannel: perChannel, seed: 4)
    let bias = layer.constant(noise([w[0]], seed: 5))
    var value = layer.node(
      "Conv", [a, kernel, bias],
      attributes)
    let spatial = [Int](repeating: 1, count: x.count - 2)
    if tail.hasPrefix("quantized") { value = layer.requantize(value, .init(scale: 0.02531, zero: 130)) }
    switch tail {
    case "Relu": value = layer.node("Relu", [value])
    case "Clip": value = layer.node("Clip", [value, layer.constant(Tensor([-0.5], shape: [])), layer.constant(Tensor([1.25], shape: []))])
    case "PRelu", "quantized PRelu": value = layer.node("PRelu", [value, layer.constant(noise([w[0]] + spatial, seed: 6))])
    case "BatchNormalization":
      let parts = (0..<3).map { layer.constant(noise([w[0]], seed: UInt64(20 + $0))) }
      value = layer.node(
        "BatchNormalization", [value] + parts + [layer.constant(Tensor([Float](repeating: 0.5, count: w[0]), shape: [w[0]]))])
    case "Add", "quantized Add":
      // What is added comes from the input by another convolution.
      let other = layer.weights(w, perChannel: true, seed: 14)
      let second = layer.node(
        "Conv", [a, other],
        attributes)
      let added = layer.requantize(second, .init(scale: 0.03073, zero: 90))
      value = layer.node("Relu", [layer.node("Add", [value, added])])
    default: break
    }
    if tail != "float" { value = layer.requantize(value, output) }
    return (layer, value)
  }
}

@Suite struct LevelsConvolutionTests {
  @Test(arguments: LevelsConvolutionCase.all) func everyInstructionSetIsTheReferenceButForRounding(_ test: LevelsConvolutionCase) throws {
    let (layer, output) = test.network()
    let right = try layer.reference(output)
    for isa in InstructionSet.available {
      let found = try layer.compare(output, right, step: test.output.scale, isa: isa)
      // A value that lies between two levels may become either.
      #expect(found.steps < 1.01 && found.share < 0.005, "\(isa): \(found)")
      #expect(found.executions.contains { $0.hasSuffix("-u8") }, "\(found.executions)")
    }
  }

  @Test(arguments: LevelsConvolutionCase.all) func threadsAndFusionChangeNothing(_ test: LevelsConvolutionCase) throws {
    let (layer, output) = test.network()
    let x = noise(test.x, seed: 3)
    let model = layer.model(output)
    let outputs = try [(1, true), (2, true), (2, false)].map { threads, fused in
      var options = EngineOptions(threads: threads)
      options.fusion = fused ? .always : .never
      return try Session(model, options: options).run(["x": x])["y"]?.floats()
    }
    #expect(outputs[0] != nil && outputs[0] == outputs[1] && outputs[0] == outputs[2])
  }

  @Test func aChainStaysInBytes() throws {
    var layer = LevelsLayer([1, 3, 20, 22])
    var value = layer.requantize("x", .init(scale: 0.02, zero: 128))
    var channels = 3
    for (n, kernel, groups) in [
      (16, [3, 3], 1), (24, [3, 1], 1), (32, [1, 3], 1), (32, [1, 1], 1), (32, [3, 1], 32), (32, [1, 3], 32), (8, [1, 1], 1),
    ] {
      let w = layer.weights([n, channels / groups] + kernel, perChannel: true, seed: UInt64(n + kernel[0]))
      let pads = [kernel[0] / 2, kernel[1] / 2, kernel[0] / 2, kernel[1] / 2]
      value = layer.node("Conv", [value, w], [Attribute("pads", .ints(pads.map { Int64($0) })), Attribute("group", .int(Int64(groups)))])
      value = layer.requantize(layer.node("Relu", [value]), .init(scale: 0.05, zero: 0))
      channels = n
    }
    value = layer.node("MaxPool", [value], [Attribute("kernel_shape", .ints([2, 2])), Attribute("strides", .ints([2, 2]))])
    value = layer.requantize(value, .init(scale: 0.05, zero: 0))
    let right = try layer.reference(value)
    for isa in InstructionSet.available {
      let found = try layer.compare(value, right, step: 0.05, isa: isa)
      #expect(found.steps < 3.01 && found.share < 0.05, "\(isa): \(found)")
    }
    let found = try layer.compare(value, right, step: 0.05)
    // In, quantized, seven convolutions and a pooling in one pipeline, dequantized, out.
    #expect(found.executions.filter { $0.contains("u8") || $0 == "window" }.count == 8, "\(found.executions)")
    #expect(!found.executions.contains("reference"))
  }
}
