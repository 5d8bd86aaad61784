import KerfGraph

/// Draws small graphs of known operators with attributes and constants that are sometimes right and sometimes absurd.
struct GraphGenerator {
  static let operators = Array(Set(OperatorRegistry.all.flatMap { $0.opTypes })).sorted()
  private static let integers: [Int64] = [
    0, 1, 1, 1, 2, 2, 3, 4, -1, -2, -3, 7, 13, 255, 1 << 20, 1 << 31, 1 << 40, 1 << 62, .max, .min, .max - 1, .min + 1, -(1 << 31),
  ]
  private static let lists = [
    "axes", "kernel_shape", "pads", "strides", "dilations", "perm", "split", "output_shape", "output_padding", "starts", "ends", "repeats",
    "shape",
  ]
  private static let numbers = [
    "axis", "group", "keepdims", "to", "transA", "transB", "ceil_mode", "count_include_pad", "blocksize", "largest", "sorted", "size",
    "num_outputs", "start", "end", "batch_dims", "allowzero", "noop_with_empty_axes", "storage_order", "training_mode", "exclusive",
    "reverse", "select_last_index", "block_size", "stash_type", "num_groups", "antialias",
  ]
  private static let reals = [
    "alpha", "beta", "epsilon", "min", "max", "bias", "gamma", "ratio", "value", "lambd", "cubic_coeff_a", "extrapolation_value",
  ]
  private static let words: [(String, [String])] = [
    ("auto_pad", ["NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID", "none"]),
    ("mode", ["constant", "edge", "reflect", "wrap", "nearest", "linear", "cubic", "DCR", "CRD"]),
    (
      "coordinate_transformation_mode",
      ["half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel", "tf_crop_and_resize", "half_pixel_symmetric"]
    ),
    ("nearest_mode", ["floor", "ceil", "round_prefer_floor"]), ("keep_aspect_ratio_policy", ["stretch", "not_larger", "not_smaller"]),
    ("approximate", ["none", "tanh"]), ("direction", ["LEFT", "RIGHT"]), ("reduction", ["none", "add"]),
  ]

  var random: Generator

  mutating func model() -> Model {
    let opset = random.pick([7, 9, 10, 11, 12, 13, 14, 16, 17, 18, 19, 21, 23, 28])
    var graph = Graph(name: "g", inputs: [ValueInfo("x", .tensor(random.below(8) == 0 ? .int64 : .float, dimensions()))])
    var values = ["x", "x"]
    for i in 0..<2 + random.below(4) {
      graph.initializers.append(Initializer("c\(i)", constant()))
      values.append("c\(i)")
    }
    for i in 0..<1 + random.below(4) {
      var inputs = (0..<1 + random.below(4)).map { _ in random.below(12) == 0 ? "" : random.pick(values) }
      if random.below(2) == 0 { inputs[0] = values.last ?? "x" }
      let outputs = (0..<(random.below(5) == 0 ? 3 : 1)).map { "v\(i)_\($0)" }
      graph.nodes.append(Node(random.pick(Self.operators), inputs: inputs, outputs: outputs, attributes: attributes(opset: opset)))
      values += outputs
    }
    graph.outputs = [ValueInfo(values.last ?? "x", .tensor(.float, nil))]
    return Model(opsets: ["": Int64(opset)], graph: graph)
  }

  private mutating func dimensions() -> [Dimension]? {
    if random.below(12) == 0 { return nil }
    return (0..<random.pick([0, 1, 2, 3, 4, 4, 4, 4, 5])).map { _ in
      switch random.below(10) {
      case 0: .symbolic("n")
      case 1: .unknown
      case 2: .fixed(random.pick([0, 1 << 20, 1 << 31, 1 << 45, .max]))
      default: .fixed(random.pick([1, 2, 3, 4, 6]))
      }
    }
  }

  private mutating func constant() -> Tensor {
    let shape = (0..<random.below(5)).map { _ in random.pick([1, 1, 2, 2, 3, 4, 0]) }
    let count = shape.reduce(1, *)
    switch random.below(6) {
    case 0, 1: return Tensor((0..<count).map { _ in random.pick([0, 1, -1, 0.5, 2, .infinity, 1e30]) }, shape: shape)
    case 2:
      return Tensor(shape: shape, storage: .uint8((0..<count).map { UInt8($0 & 255) }))
    case 3: return Tensor((0..<count).map { $0 % 2 == 0 }, shape: shape)
    default:
      let length = random.below(6)
      return Tensor((0..<length).map { _ in random.pick(Self.integers) }, shape: [length])
    }
  }

  private mutating func attributes(opset: Int) -> [Attribute] {
    var result: [Attribute] = []
    for name in Self.lists where random.below(5) == 0 {
      let length = random.pick([1, 2, 2, 3, 4, 4, 8])
      let modest = random.below(3) != 0
      result.append(Attribute(name, .ints((0..<length).map { _ in modest ? Int64(random.below(4)) : random.pick(Self.integers) })))
    }
    for name in Self.numbers where random.below(8) == 0 { result.append(Attribute(name, .int(random.pick(Self.integers)))) }
    for name in Self.reals where random.below(8) == 0 {
      result.append(Attribute(name, .float(random.pick([0, 1, -1, .nan, .infinity, 1e-5]))))
    }
    for (name, choices) in Self.words where random.below(6) == 0 {
      result.append(Attribute(name, .string(Array(random.pick(choices).utf8))))
    }
    if random.below(8) == 0 { result.append(Attribute("value", .tensor(constant()))) }
    if random.below(30) == 0 { result.append(Attribute("axis", .string([0xff]))) }
    return result
  }
}
