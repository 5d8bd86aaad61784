import KerfEngine
import KerfGraph
import Testing

/// Values over three spatial axes, against the reference.
@Suite struct VolumePathTests {
  static let cases: [ConvolutionCase] = [
    .init(x: [1, 2, 4, 5, 6], w: [3, 2, 2, 3, 2], pads: [0, 1, 1, 1, 1, 0]),
    .init(x: [2, 8, 5, 7, 9], w: [19, 8, 3, 3, 3], pads: [1, 1, 1, 1, 1, 1]),
    .init(x: [1, 17, 7, 13, 11], w: [33, 17, 3, 3, 3], strides: [2, 2, 2], pads: [1, 1, 1, 1, 1, 1]),
    .init(x: [1, 3, 2, 4, 5], w: [5, 3, 5, 3, 3], pads: [2, 1, 1, 2, 1, 1]),
    .init(x: [1, 3, 2, 3, 4], w: [5, 3, 2, 1, 1], strides: [5, 1, 1], pads: [4, 0, 0, 5, 0, 0]),
    .init(x: [2, 6, 9, 4, 4], w: [4, 6, 3, 1, 1], dilations: [3, 1, 1], pads: [3, 0, 0, 3, 0, 0]),
    .init(x: [1, 6, 4, 5, 5], w: [4, 6, 1, 3, 3], strides: [1, 3, 2], pads: [0, 1, 1, 0, 1, 1]),
    .init(x: [1, 12, 3, 6, 5], w: [8, 3, 3, 3, 3], pads: [1, 1, 1, 1, 1, 1], groups: 4),
    .init(x: [2, 20, 4, 6, 5], w: [20, 1, 3, 3, 3], pads: [1, 1, 1, 1, 1, 1], groups: 20),
    .init(x: [1, 40, 3, 4, 4], w: [2, 40, 3, 3, 3], pads: [1, 1, 1, 1, 1, 1]),
    .init(x: [1, 1, 1, 1, 1], w: [1, 1, 1, 1, 1]),
  ]

  @Test(arguments: cases, InstructionSet.available)
  func everySliceIsTheReferences(convolution: ConvolutionCase, isa: InstructionSet) throws {
    for execution in [nil] + ConvolutionRegistry.all.map({ Optional($0.name) }) {
      for threads in [1, 3] {
        let result = try convolution.layer().compare(noise(convolution.x, seed: 1), isa: isa, threads: threads, execution: execution)
        #expect(relativeDifference(result.fast, result.reference) < 5e-5, "\(execution ?? "")")
        #expect(!result.executions.contains("reference"), "\(result.executions)")
      }
    }
  }

  static let rest: [[Node]] = [
    [Node("Relu", inputs: ["c"], outputs: ["y"])],
    [
      Node("BatchNormalization", inputs: ["c", "g", "o", "m", "v"], outputs: ["n"]), Node("Add", inputs: ["n", "x"], outputs: ["s"]),
      Node("Relu", inputs: ["s"], outputs: ["y"]),
    ],
    [Node("Identity", inputs: ["c"], outputs: ["i"]), Node("BatchNormalization", inputs: ["i", "g", "o", "m", "v"], outputs: ["y"])],
    [Node("GlobalAveragePool", inputs: ["c"], outputs: ["p"]), Node("Mul", inputs: ["c", "p"], outputs: ["y"])],
    [
      Node("Sigmoid", inputs: ["c"], outputs: ["s"]),
      Node("Concat", inputs: ["x", "s"], outputs: ["y"], attributes: [Attribute("axis", .int(1))]),
    ],
    [
      Node(
        "MaxPool", inputs: ["c"], outputs: ["y"],
        attributes: [
          Attribute("kernel_shape", .ints([2, 3, 2])), Attribute("strides", .ints([2, 1, 2])),
          Attribute("pads", .ints([1, 1, 0, 0, 1, 1])),
        ])
    ],
    [
      Node(
        "AveragePool", inputs: ["c"], outputs: ["y"],
        attributes: [Attribute("kernel_shape", .ints([3, 3, 3])), Attribute("pads", .ints([1, 1, 1, 1, 1, 1]))])
    ],
    [
      Node(
        "AveragePool", inputs: ["c"], outputs: ["y"],
        attributes: [
          Attribute("kernel_shape", .ints([2, 2, 2])), Attribute("pads", .ints([1, 0, 1, 0, 1, 0])),
          Attribute("count_include_pad", .int(1)),
        ])
    ],
    [Node("Flatten", inputs: ["c"], outputs: ["f"]), Node("Gemm", inputs: ["f", "last"], outputs: ["y"])],
    [Node("Softmax", inputs: ["c"], outputs: ["y"], attributes: [Attribute("axis", .int(1))])],
  ]

  @Test(arguments: rest, InstructionSet.available)
  func whatFollowsAVolumeIsTheReferences(nodes: [Node], isa: InstructionSet) throws {
    let convolution = ConvolutionCase(x: [2, 7, 5, 6, 7], w: [7, 7, 3, 3, 3], pads: [1, 1, 1, 1, 1, 1])
    var layer = convolution.layer(followedBy: nodes)
    layer.constants += [
      Initializer("g", noise([7], seed: 11)), Initializer("o", noise([7], seed: 12)), Initializer("m", noise([7], seed: 13)),
      Initializer("v", Tensor([Float](repeating: 0.7, count: 7), shape: [7])), Initializer("last", noise([7 * 210, 11], seed: 14)),
    ]
    let result = try layer.compare(noise(convolution.x, seed: 3), isa: isa, threads: 2)
    #expect(relativeDifference(result.fast, result.reference) < 5e-5)
    #expect(!result.executions.contains("reference"), "\(result.executions)")
  }
}
