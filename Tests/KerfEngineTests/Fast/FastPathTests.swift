import KerfEngine
import KerfGraph
import Testing

/// Nodes between a convolution (so that values are channels last) and the output, against the reference.
struct PathCase: Sendable, CustomStringConvertible {
  let name: String
  let nodes: [Node]
  var channels = 12
  var constants: [Initializer] = []
  /// Steps that may not run by reference.
  var isFast = true

  var description: String { name }

  /// The constants; sizes begin with the batch.
  func constants(batch: Int) -> [Initializer] {
    constants.map { entry in
      guard entry.name == "sizes", var sizes = entry.tensor.integers() else { return entry }
      sizes[0] = Int64(batch)
      return Initializer("sizes", Tensor(sizes, shape: [sizes.count]))
    }
  }
}

private func int64(_ values: [Int64]) -> Tensor { Tensor(values, shape: [values.count]) }

@Suite struct FastPathTests {
  static let cases: [PathCase] = [
    .init(name: "sigmoid", nodes: [Node("Sigmoid", inputs: ["c"], outputs: ["y"])]),
    .init(name: "tanh", nodes: [Node("Tanh", inputs: ["c"], outputs: ["y"])]),
    .init(name: "hard swish", nodes: [Node("HardSwish", inputs: ["c"], outputs: ["y"])]),
    .init(name: "elu", nodes: [Node("Elu", inputs: ["c"], outputs: ["y"])]),
    .init(name: "sum of two", nodes: [Node("Abs", inputs: ["c"], outputs: ["a"]), Node("Sub", inputs: ["c", "a"], outputs: ["y"])]),
    .init(
      name: "product with a channel vector", nodes: [Node("Mul", inputs: ["v", "c"], outputs: ["y"])],
      constants: [Initializer("v", noise([12, 1, 1], seed: 4))]),
    .init(
      name: "division by a scalar", nodes: [Node("Div", inputs: ["c", "v"], outputs: ["y"])],
      constants: [Initializer("v", Tensor(scalar: Float(3)))]),
    .init(
      name: "sum with an image", nodes: [Node("Add", inputs: ["c", "v"], outputs: ["y"])],
      constants: [Initializer("v", noise([1, 9, 10], seed: 4))]),
    .init(
      name: "sum with channels and pixels of lower rank", nodes: [Node("Add", inputs: ["c", "v"], outputs: ["y"])],
      constants: [Initializer("v", noise([12, 9, 10], seed: 4))]),
    .init(
      name: "squeeze and excite",
      nodes: [
        Node("GlobalAveragePool", inputs: ["c"], outputs: ["g"]), Node("Sigmoid", inputs: ["g"], outputs: ["s"]),
        Node("Mul", inputs: ["c", "s"], outputs: ["y"]),
      ]),
    .init(
      name: "mean of the image",
      nodes: [
        Node("ReduceMean", inputs: ["c"], outputs: ["y"], attributes: [Attribute("axes", .ints([2, 3])), Attribute("keepdims", .int(0))])
      ]),
    .init(name: "global maximum", nodes: [Node("GlobalMaxPool", inputs: ["c"], outputs: ["y"])]),
    .init(
      name: "max pooling",
      nodes: [
        Node(
          "MaxPool", inputs: ["c"], outputs: ["y"],
          attributes: [
            Attribute("kernel_shape", .ints([3, 2])), Attribute("strides", .ints([2, 2])), Attribute("pads", .ints([1, 0, 1, 1])),
          ])
      ]),
    .init(
      name: "max pooling to the last cut window",
      nodes: [
        Node(
          "MaxPool", inputs: ["c"], outputs: ["y"],
          attributes: [Attribute("kernel_shape", .ints([3, 3])), Attribute("strides", .ints([2, 2])), Attribute("ceil_mode", .int(1))])
      ]),
    .init(
      name: "mean pooling",
      nodes: [
        Node(
          "AveragePool", inputs: ["c"], outputs: ["y"],
          attributes: [Attribute("kernel_shape", .ints([3, 3])), Attribute("pads", .ints([1, 1, 1, 1]))])
      ]),
    .init(
      name: "mean pooling that counts the padding",
      nodes: [
        Node(
          "AveragePool", inputs: ["c"], outputs: ["y"],
          attributes: [
            Attribute("kernel_shape", .ints([3, 3])), Attribute("pads", .ints([1, 1, 1, 1])), Attribute("count_include_pad", .int(1)),
          ])
      ]),
    .init(
      name: "split and concat",
      nodes: [
        Node("Split", inputs: ["c", "parts"], outputs: ["p", "q", ""], attributes: [Attribute("axis", .int(1))]),
        Node("Concat", inputs: ["q", "c", "p"], outputs: ["y"], attributes: [Attribute("axis", .int(-3))]),
      ], constants: [Initializer("parts", int64([3, 5, 4]))]),
    .init(
      name: "strided slice and channel padding",
      nodes: [
        Node("Slice", inputs: ["c", "starts", "ends", "axes", "steps"], outputs: ["s"]),
        Node("Pad", inputs: ["s", "pads"], outputs: ["y"]),
      ],
      constants: [
        Initializer("starts", int64([0, 1])), Initializer("ends", int64([99, 99])), Initializer("axes", int64([2, 3])),
        Initializer("steps", int64([2, 2])), Initializer("pads", int64([0, 3, 0, 0, 0, 2, 0, 0])),
      ]),
    .init(
      name: "channels picked one by one",
      nodes: [Node("Gather", inputs: ["c", "order"], outputs: ["y"], attributes: [Attribute("axis", .int(1))])],
      constants: [Initializer("order", int64([3, 3, 0, -1, 7, 2, 5, 11]))]),
    .init(
      name: "runs of channels",
      nodes: [
        Node("Gather", inputs: ["c", "order"], outputs: ["s"], attributes: [Attribute("axis", .int(-3))]),
        Node("Relu", inputs: ["s"], outputs: ["y"]),
      ], constants: [Initializer("order", int64(Array(4..<12) + Array(0..<9)))]),
    .init(
      name: "rows picked", nodes: [Node("Gather", inputs: ["c", "order"], outputs: ["y"], attributes: [Attribute("axis", .int(2))])],
      constants: [Initializer("order", int64([3, 0, 0]))]),
    .init(
      name: "padding with a value", nodes: [Node("Pad", inputs: ["c", "pads", "v"], outputs: ["y"])],
      constants: [Initializer("pads", int64([0, 0, 1, 2, 0, 0, 0, 1])), Initializer("v", Tensor(scalar: Float(1.5)))]),
    .init(
      name: "nearest enlargement",
      nodes: [
        Node(
          "Resize", inputs: ["c", "", "scales"], outputs: ["y"],
          attributes: [
            Attribute("coordinate_transformation_mode", .string(Array("asymmetric".utf8))),
            Attribute("nearest_mode", .string(Array("floor".utf8))),
          ])
      ], constants: [Initializer("scales", Tensor([1, 1, 2, 3] as [Float], shape: [4]))]),
    .init(
      name: "linear reduction",
      nodes: [
        Node("Resize", inputs: ["c", "", "", "sizes"], outputs: ["y"], attributes: [Attribute("mode", .string(Array("linear".utf8)))])
      ],
      constants: [Initializer("sizes", Tensor([0, 12, 7, 23] as [Int64], shape: [4]))]),
    .init(
      name: "cubic enlargement",
      nodes: [Node("Resize", inputs: ["c", "", "scales"], outputs: ["y"], attributes: [Attribute("mode", .string(Array("cubic".utf8)))])],
      constants: [Initializer("scales", Tensor([1, 1, 1.7, 2.5] as [Float], shape: [4]))]),
    .init(
      name: "channels moved last",
      nodes: [Node("Transpose", inputs: ["c"], outputs: ["y"], attributes: [Attribute("perm", .ints([0, 2, 3, 1]))])]),
    .init(
      name: "a classifier",
      nodes: [
        Node("Flatten", inputs: ["c"], outputs: ["f"]),
        Node("Gemm", inputs: ["f", "m", "o"], outputs: ["g"], attributes: [Attribute("alpha", .float(0.5))]),
        Node("Relu", inputs: ["g"], outputs: ["r"]), Node("MatMul", inputs: ["r", "n"], outputs: ["l"]),
        Node("Softmax", inputs: ["l"], outputs: ["y"]),
      ],
      constants: [
        Initializer("m", noise([12 * 90, 33], seed: 7)), Initializer("o", noise([33], seed: 8)),
        Initializer("n", noise([33, 10], seed: 9)),
      ]),
    .init(name: "softmax over channels", nodes: [Node("Softmax", inputs: ["c"], outputs: ["y"], attributes: [Attribute("axis", .int(1))])]),
    .init(
      name: "an operator without a fast path",
      nodes: [Node("Softsign", inputs: ["c"], outputs: ["s"]), Node("Relu", inputs: ["s"], outputs: ["y"])],
      isFast: false),
    .init(
      name: "a shape computed in the graph",
      nodes: [
        Node("Shape", inputs: ["c"], outputs: ["sh"]), Node("Gather", inputs: ["sh", "zero"], outputs: ["n"]),
        Node("Concat", inputs: ["n", "minus"], outputs: ["to"], attributes: [Attribute("axis", .int(0))]),
        Node("Reshape", inputs: ["c", "to"], outputs: ["y"]),
      ], constants: [Initializer("zero", int64([0])), Initializer("minus", int64([-1]))]),
  ]

  @Test(arguments: cases, InstructionSet.available)
  func everyFastPathGivesTheReferencesResult(path: PathCase, isa: InstructionSet) throws {
    for batch in [1, 3] {
      var layer = OneLayer([batch, 5, 9, 10])
      layer.nodes = [Node("Conv", name: "conv", inputs: ["x", "w"], outputs: ["c"])] + path.nodes
      layer.constants = [Initializer("w", noise([12, 5, 1, 1], seed: 2))] + path.constants(batch: batch)
      let result = try layer.compare(noise(layer.shape, seed: UInt64(batch)), isa: isa, threads: 2)
      #expect(relativeDifference(result.fast, result.reference) < 3e-6)
      #expect(result.executions.contains("reference") != path.isFast, "\(result.executions)")
    }
  }

  @Test(arguments: cases)
  func theSameModelRunsByReferenceAlone(path: PathCase) throws {
    var layer = OneLayer([2, 5, 9, 10])
    layer.nodes = [Node("Conv", name: "conv", inputs: ["x", "w"], outputs: ["c"])] + path.nodes
    layer.constants = [Initializer("w", noise([12, 5, 1, 1], seed: 2))] + path.constants(batch: 2)
    let x = noise(layer.shape, seed: 3)
    let plain = try Session(layer.model, options: EngineOptions(threads: 1, fastPaths: false)).run(["x": x])
    #expect(plain == (try Interpreter(layer.model).run(["x": x])))
  }
}
