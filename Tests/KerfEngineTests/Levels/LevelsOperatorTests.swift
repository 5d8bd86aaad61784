import KerfEngine
import KerfGraph
import Testing

/// What else stays in bytes between convolutions.
@Suite struct LevelsOperatorTests {
  private static let fine = LevelsLayer.Scale(scale: 0.0113, zero: 128)
  private static let coarse = LevelsLayer.Scale(scale: 0.0171, zero: 97)

  private func ints(_ name: String, _ values: [Int64]) -> Attribute { Attribute(name, .ints(values)) }

  /// One operator between quantized values.
  struct Case: Sendable, CustomStringConvertible {
    let description: String
    var shape = [2, 8, 6, 10]
    /// What runs it.
    let execution: String
    let build: @Sendable (inout LevelsLayer, String) -> String
  }

  static let cases: [Case] = [
    Case(description: "max pooling", execution: "window") { net, x in
      net.node(
        "MaxPool", [x],
        [Attribute("kernel_shape", .ints([3, 3])), Attribute("strides", .ints([2, 2])), Attribute("pads", .ints([1, 1, 1, 1]))])
    },
    Case(description: "average pooling, padding left out", execution: "window") { net, x in
      net.node("AveragePool", [x], [Attribute("kernel_shape", .ints([3, 3])), Attribute("pads", .ints([1, 1, 1, 1]))])
    },
    Case(description: "average pooling, padding counted", execution: "window") { net, x in
      net.node(
        "AveragePool", [x],
        [Attribute("kernel_shape", .ints([2, 3])), Attribute("pads", .ints([1, 1, 1, 1])), Attribute("count_include_pad", .int(1))])
    },
    Case(description: "averages of windows that meet padding alone", shape: [1, 5, 6, 6], execution: "window") { net, x in
      net.node(
        "AveragePool", [x],
        [Attribute("kernel_shape", .ints([2, 2])), Attribute("pads", .ints([2, 2, 2, 2])), Attribute("strides", .ints([2, 2]))])
    },
    Case(description: "global average", execution: "window-u8") { net, x in net.node("GlobalAveragePool", [x]) },
    Case(description: "global maximum", execution: "window-u8") { net, x in net.node("GlobalMaxPool", [x]) },
    Case(description: "sigmoid", execution: "table") { net, x in net.node("Sigmoid", [x]) },
    Case(description: "leaky relu and tanh", execution: "table") { net, x in net.node("Tanh", [net.node("LeakyRelu", [x])]) },
    Case(description: "sum", execution: "elementwise-u8") { net, x in
      net.node("Relu", [net.node("Add", [x, net.requantize(x, coarse)])])
    },
    Case(description: "product", execution: "elementwise-u8") { net, x in net.node("Mul", [x, net.requantize(x, coarse)]) },
    Case(description: "concatenation of differently quantized parts", execution: "channels-u8") { net, x in
      net.node("Concat", [x, net.requantize(x, coarse), x], [Attribute("axis", .int(1))])
    },
    Case(description: "blocks to pixels", execution: "blocks") { net, x in net.node("DepthToSpace", [x], [Attribute("blocksize", .int(2))])
    },
    Case(description: "transposed", execution: "gather") { net, x in net.node("Transpose", [x], [Attribute("perm", .ints([0, 1, 3, 2]))]) },
    Case(description: "flattened", shape: [2, 40, 1, 1], execution: "table") { net, x in net.node("Sigmoid", [net.node("Flatten", [x])]) },
    Case(description: "enlarged to the nearest", execution: "nearest-u8") { net, x in
      let scales = net.constant(Tensor([1, 1, 2, 3] as [Float], shape: [4]))
      return net.node("Resize", [x, "", scales], [Attribute("mode", .string(Array("nearest".utf8)))])
    },
    Case(description: "a matrix product", shape: [7, 33], execution: "1 × implicit-gemm-u8") { net, x in
      let w = net.weights([20, 33], perChannel: true, seed: 8)
      return net.node("Gemm", [x, w, net.constant(noise([20], seed: 2))], [Attribute("transB", .int(1))])
    },
  ]

  @Test(arguments: cases) func isTheReferenceButForRounding(_ test: Case) throws {
    var net = LevelsLayer(test.shape)
    let made = test.build(&net, net.requantize("x", Self.fine))
    let output = net.requantize(made, Self.coarse)
    let right = try net.reference(output)
    for isa in InstructionSet.available {
      let found = try net.compare(output, right, step: Self.coarse.scale, isa: isa)
      #expect(found.steps < 1.01 && found.share < 0.02, "\(isa): \(found)")
      #expect(found.executions.contains(test.execution), "\(found.executions)")
      #expect(!found.executions.contains("reference"), "\(found.executions)")
    }
  }

  /// Channels of a split go straight into a concatenation, and what is alike is not copied.
  @Test func partsThatAreQuantizedAlikeAreWrittenInPlace() throws {
    var net = LevelsLayer([1, 16, 9, 7])
    let x = net.requantize("x", Self.fine)
    let parts = (0..<2).map { i in
      let w = net.weights([64, 16, 1, 1], perChannel: true, seed: UInt64(30 + i))
      return net.requantize(net.node("Relu", [net.node("Conv", [x, w])]), .init(scale: 0.021, zero: 0))
    }
    let whole = net.requantize(net.node("Concat", parts, [Attribute("axis", .int(1))]), .init(scale: 0.021, zero: 0))
    let w = net.weights([8, 128, 1, 1], perChannel: true, seed: 40)
    let output = net.requantize(net.node("Conv", [whole, w]), .init(scale: 0.037, zero: 120))
    let found = try net.compare(output, try net.reference(output), step: 0.037)
    #expect(found.steps < 1.01 && found.share < 0.02, "\(found)")
    #expect(!found.executions.contains("channels-u8"), "\(found.executions)")
  }

  /// A layer of floats between layers of levels: conversions run in the same pipeline.
  @Test func layersOfFloatsAndOfLevelsRunFused() throws {
    var net = LevelsLayer([1, 8, 24, 20])
    let pads = Attribute("pads", .ints([1, 1, 1, 1]))
    let w = net.constant(noise([48, 8, 3, 3], seed: 50))
    let first = net.requantize(net.node("Relu", [net.node("Conv", ["x", w], [pads])]), .init(scale: 0.0413, zero: 0))
    let middle = net.requantize(
      net.node("Conv", [first, net.weights([64, 48, 1, 1], perChannel: true, seed: 51)]), .init(scale: 0.0271, zero: 118))
    let last = net.node("Conv", [middle, net.constant(noise([40, 64, 3, 3], seed: 52))], [pads])
    let output = net.requantize(last, .init(scale: 0.61, zero: 128))
    let found = try net.compare(output, try net.reference(output), step: 0.61)
    #expect(found.steps < 1.01 && found.share < 0.02, "\(found)")
    #expect(found.executions.count { $0 == "convert" } == 3, "\(found.executions)")
  }

  @Test func valuesFarOutSaturateAndNaNIsZero() throws {
    var net = LevelsLayer([1, 4, 1, 3])
    let output = net.requantize("x", .init(scale: 0.5, zero: 10))
    let values: [Float] = [.infinity, -.infinity, .nan, 1e30, -1e30, 0, 0.25, 0.75, -0.25, 122.5, 122.6, -5]
    let x = Tensor(values, shape: [1, 4, 1, 3])
    let right = try Interpreter(net.model(output)).run(["x": x])["y"]?.floats()
    #expect(right == [122.5, -5, 0, 122.5, -5, 0, 0, 1, 0, 122.5, 122.5, -5])
    for isa in InstructionSet.available {
      let found = try Session(net.model(output), options: EngineOptions(instructionSet: isa)).run(["x": x])["y"]?.floats()
      #expect(found == right, "\(isa)")
    }
  }

  /// Weights of one extreme and levels of the other: sums reach their bounds and stay right.
  @Test func theLargestSumsAreExact() throws {
    var net = LevelsLayer([1, 512, 3, 3])
    let x = net.requantize("x", .init(scale: 1, zero: 0))
    let w = net.constant(Tensor(shape: [4, 512, 3, 3], storage: .int8([Int8](repeating: -128, count: 4 * 512 * 9))))
    let one = net.constant(Tensor([1] as [Float], shape: []))
    let value = net.node("Conv", [x, net.node("DequantizeLinear", [w, one])])
    let input = Tensor([Float](repeating: 300, count: 512 * 9), shape: [1, 512, 3, 3])
    for isa in InstructionSet.available {
      let found = try Session(net.model(value), options: EngineOptions(instructionSet: isa)).run(["x": input])["y"]?.floats()
      #expect(found == [Float](repeating: -255 * 128 * 512 * 9, count: 4), "\(isa)")
    }
  }

  /// Weights as a file has them, and how their scales lie.
  struct Stored: Sendable, CustomStringConvertible {
    let description: String
    let type: ElementType
    let scales: [Int]
    let axis: Int64
  }

  static let stored = [
    Stored(description: "one scale", type: .int8, scales: [], axis: 1),
    Stored(description: "one scale a row", type: .int8, scales: [6], axis: 0),
    Stored(description: "one scale a column", type: .int8, scales: [5], axis: 1),
    Stored(description: "one scale an entry of the last axis", type: .int8, scales: [4], axis: -1),
    Stored(description: "unsigned around 128", type: .uint8, scales: [5], axis: 1),
  ]

  @Test(arguments: stored) func constantsThatAreDequantizedWhenAskedForAreTheReferencesToTheBit(_ stored: Stored) throws {
    let shape = [6, 5, 4]
    let levels = (0..<120).map { Int(($0 * 89) % 256) - 128 }
    let zeros = stored.scales.reduce(1, *)
    let initializers = [
      Initializer(
        "q", Tensor(shape: shape, storage: stored.type == .int8 ? .int8(levels.map { Int8($0) }) : .uint8(levels.map { UInt8($0 + 128) }))),
      Initializer("s", Tensor((0..<zeros).map { 0.0137 + 0.00071 * Float($0) }, shape: stored.scales)),
      Initializer(
        "z",
        Tensor(
          shape: stored.scales,
          storage: stored.type == .int8 ? .int8([Int8](repeating: 0, count: zeros)) : .uint8([UInt8](repeating: 128, count: zeros)))),
    ]
    let model = Model(
      graph: Graph(
        name: "constants",
        nodes: [
          Node("DequantizeLinear", inputs: ["q", "s", "z"], outputs: ["w"], attributes: [Attribute("axis", .int(stored.axis))]),
          Node("Add", inputs: ["x", "w"], outputs: ["y"]),
        ], initializers: initializers, inputs: [ValueInfo("x", .tensor(.float, shape.map { .fixed($0) }))],
        outputs: [ValueInfo("w", .tensor(.float, nil)), ValueInfo("y", .tensor(.float, nil))]))
    let x = noise(shape, seed: 4)
    let wanted = try Interpreter(model).run(["x": x])
    #expect(try Session(model, options: EngineOptions(threads: 1)).run(["x": x]) == wanted)
    #expect(wanted["w"]?.floats()?.contains { $0 != 0 } == true)
  }
}
