import KerfGraph

/// Small models that together use everything the format offers.
enum SampleModels {
  static let all: [(name: String, model: Model)] = [
    ("convolutions", convolutions), ("every element type", elementTypes), ("every attribute kind", attributes),
    ("shape arithmetic", shapeArithmetic), ("subgraphs", subgraphs), ("functions", functions),
  ]

  static func float(_ name: String, _ shape: [Dimension]?) -> ValueInfo { ValueInfo(name, .tensor(.float, shape)) }

  static var convolutions: Model {
    let weights = (0..<36).map { Float($0) / 36 }
    return Model(
      opsets: ["": 13, "com.example": 2],
      graph: Graph(
        name: "net",
        nodes: [
          Node("Conv", name: "conv1", inputs: ["x", "w"], outputs: ["a"], attributes: [Attribute("pads", .ints([1, 1, 1, 1]))]),
          Node("BatchNormalization", name: "bn", inputs: ["a", "s", "b", "m", "v"], outputs: ["c"]),
          Node("Relu", name: "relu", inputs: ["c"], outputs: ["d"]),
          Node("Mystery", name: "", domain: "com.example", inputs: ["d", "", "w"], outputs: ["e", ""]),
          Node("GlobalAveragePool", name: "pool", inputs: ["e"], outputs: ["f"]),
          Node("Flatten", name: "flat", inputs: ["f"], outputs: ["g"]),
          Node("Gemm", name: "fc", inputs: ["g", "W", "B"], outputs: ["y"], attributes: [Attribute("transB", .int(1))]),
        ],
        initializers: [
          Initializer("w", Tensor(weights, shape: [4, 1, 3, 3])), Initializer("s", Tensor([1, 2, 3, 4] as [Float], shape: [4])),
          Initializer("b", Tensor([0, 0, 1, 1] as [Float], shape: [4])), Initializer("m", Tensor([0, 1, 0, 1] as [Float], shape: [4])),
          Initializer("v", Tensor([1, 1, 2, 2] as [Float], shape: [4])),
          Initializer("W", Tensor([Float](repeating: 0.5, count: 8), shape: [2, 4])),
          Initializer("B", Tensor([1, -1] as [Float], shape: [2])),
        ],
        inputs: [float("x", [.symbolic("batch"), .fixed(1), .fixed(8), .unknown])], outputs: [float("y", [.symbolic("batch"), .fixed(2)])],
        valueInfo: [float("e", [.symbolic("batch"), .fixed(4), .unknown, .unknown])]),
      producerName: "test", producerVersion: "1", metadata: [("author", "nobody"), ("empty", "")])
  }

  static var elementTypes: Model {
    let storages: [Tensor.Storage] = [
      .float([1, .nan]), .double([-0.0, .infinity]), .int8([-128, 127]), .uint8([0, 255]), .int16([-32768, 32767]), .uint16([0, 65535]),
      .int32([.min, .max]), .uint32([0, .max]), .int64([.min, .max]), .uint64([0, .max]), .bool([true, false]),
      .float16([0x3c00, 0x7e00]), .bfloat16([0x3f80, 0x7fc0]), .string([Array("a".utf8), [0xff, 0x00]]),
      .opaque(ElementType(rawValue: 17), [1, 2]), .opaque(ElementType(rawValue: 22), [0x12]),
      .opaque(ElementType(rawValue: 99), [1, 2, 3]),
    ]
    let initializers = storages.enumerated().map { Initializer("t\($0)", Tensor(shape: [2], storage: $1)) }
    return Model(
      graph: Graph(
        nodes: initializers.map { Node("Identity", inputs: [$0.name], outputs: ["\($0.name)_out"]) }, initializers: initializers,
        outputs: initializers.map { ValueInfo("\($0.name)_out", .tensor($0.tensor.type, [.fixed(2)])) }))
  }

  static var attributes: Model {
    let tensor = Tensor([1, 2, 3] as [Int64], shape: [3])
    let list: [Attribute] = [
      Attribute("f", .float(0.5)), Attribute("i", .int(.min)), Attribute("s", .string([0xff, 0x41])), Attribute("t", .tensor(tensor)),
      Attribute("floats", .floats([])), Attribute("many", .floats([1, 2])), Attribute("ints", .ints([-1, .max])),
      Attribute("strings", .strings([[], [0x61]])), Attribute("tensors", .tensors([tensor, Tensor(scalar: 1.5)])),
      Attribute("g", .graph(Graph(name: "inner"))), Attribute("graphs", .graphs([Graph(name: "one"), Graph()])),
    ]
    return Model(
      opsets: ["": 18, "custom": 1],
      graph: Graph(
        name: "attributes", nodes: [Node("Everything", domain: "custom", inputs: ["x"], outputs: ["y"], attributes: list, overload: "o")],
        inputs: [float("x", nil)], outputs: [ValueInfo("y", .unknown)]))
  }

  /// `y = Reshape(x, Concat(Gather(Shape(x), 0), [-1]))`, with a weight that is listed among the inputs.
  static var shapeArithmetic: Model {
    Model(
      irVersion: 3, opsets: ["": 11],
      graph: Graph(
        name: "shapes",
        nodes: [
          Node("Shape", inputs: ["x"], outputs: ["s"]),
          Node("Gather", inputs: ["s", "zero"], outputs: ["n"], attributes: [Attribute("axis", .int(0))]),
          Node("Constant", inputs: [], outputs: ["rest"], attributes: [Attribute("value", .tensor(Tensor([-1] as [Int64], shape: [1])))]),
          Node("Concat", inputs: ["n", "rest"], outputs: ["target"], attributes: [Attribute("axis", .int(0))]),
          Node("Reshape", inputs: ["x", "target"], outputs: ["y"]),
        ], initializers: [Initializer("zero", Tensor([0] as [Int64], shape: [1]))],
        inputs: [float("x", [.symbolic("n"), .fixed(3), .fixed(4)]), ValueInfo("zero", .tensor(.int64, [.fixed(1)]))],
        outputs: [float("y", nil)]))
  }

  static var subgraphs: Model {
    func branch(_ op: String) -> Attribute.Value {
      .graph(
        Graph(
          name: op, nodes: [Node(op, inputs: ["x", "w"], outputs: ["\(op)_out"])],
          outputs: [float("\(op)_out", nil)]))
    }
    return Model(
      graph: Graph(
        name: "branches",
        nodes: [
          Node(
            "If", name: "choose", inputs: ["flag"], outputs: ["y"],
            attributes: [Attribute("then_branch", branch("Add")), Attribute("else_branch", branch("Mul"))])
        ], initializers: [Initializer("w", Tensor(scalar: Float(2)))],
        inputs: [float("x", [.fixed(2)]), ValueInfo("flag", .tensor(.bool, []))], outputs: [float("y", [.fixed(2)])]))
  }

  static var functions: Model {
    let swish = Function(
      name: "Swish", domain: "local", inputs: ["X"], outputs: ["Y"], attributes: ["unused"],
      defaults: [Attribute("scale", .float(1))], opsets: ["": 13],
      nodes: [
        Node("Constant", inputs: [], outputs: ["k"], attributes: [Attribute("value_float", .reference("scale", type: 1))]),
        Node("Mul", inputs: ["X", "k"], outputs: ["scaled"]), Node("Sigmoid", inputs: ["scaled"], outputs: ["gate"]),
        Node("Mul", inputs: ["X", "gate"], outputs: ["Y"]),
      ])
    return Model(
      opsets: ["": 13, "local": 1],
      graph: Graph(
        name: "calls",
        nodes: [
          Node("Swish", name: "first", domain: "local", inputs: ["x"], outputs: ["h"]),
          Node("Swish", name: "second", domain: "local", inputs: ["h"], outputs: ["y"], attributes: [Attribute("scale", .float(2))]),
        ], inputs: [float("x", [.fixed(3)])], outputs: [float("y", [.fixed(3)])]), functions: [swish])
  }
}
