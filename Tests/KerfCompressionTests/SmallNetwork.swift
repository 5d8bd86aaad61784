import Foundation
import KerfCompression
import KerfGraph
import KerfONNX

/// A network of 3×3 convolutions, ReLU between: 1→16, one or more 16→16, 16→1 channels.
enum SmallNetwork {
  static func model(opset: Int64 = 13, autoPad: Bool = false, inner: Int = 1) -> Model {
    var random = SystemFreeGenerator(state: 7)
    func weights(_ shape: [Int]) -> Tensor {
      let scale = 1 / Float(shape.dropFirst().reduce(1, *)).squareRoot()
      return Tensor((0..<shape.reduce(1, *)).map { _ in (Float(random.next() % 2001) / 1000 - 1) * scale }, shape: shape)
    }
    let shapes = [[16, 1, 3, 3]] + [[Int]](repeating: [16, 16, 3, 3], count: inner) + [[1, 16, 3, 3]]
    var nodes: [Node] = []
    var initializers: [Initializer] = []
    var value = "x"
    for (index, shape) in shapes.enumerated() {
      initializers.append(Initializer("w\(index)", weights(shape)))
      initializers.append(Initializer("b\(index)", weights([shape[0]])))
      let last = index == shapes.count - 1
      let pads =
        autoPad
        ? Attribute("auto_pad", .string(Array("SAME_UPPER".utf8))) : Attribute("pads", .ints([1, 1, 1, 1]))
      nodes.append(
        Node(
          "Conv", name: "conv\(index)", inputs: [value, "w\(index)", "b\(index)"], outputs: [last ? "y" : "c\(index)"], attributes: [pads]))
      value = "c\(index)"
      if !last {
        nodes.append(Node("Relu", name: "relu\(index)", inputs: [value], outputs: ["r\(index)"]))
        value = "r\(index)"
      }
    }
    let open: [KerfGraph.Dimension] = [.symbolic("N"), .fixed(1), .symbolic("H"), .symbolic("W")]
    return Model(
      opsets: ["": opset],
      graph: Graph(
        name: "small", nodes: nodes, initializers: initializers, inputs: [ValueInfo("x", .tensor(.float, open))],
        outputs: [ValueInfo("y", .tensor(.float, open))]))
  }

  /// Calibration pictures of smooth noise, and a metric that is the negative distance to what the original network gives.
  static func data(_ model: Model, count: Int = 6, side: Int = 24) throws -> CompressionData {
    var random = SystemFreeGenerator(state: 3)
    func picture() -> Tensor {
      var values = (0..<side * side).map { _ in Float(random.next() % 1000) / 1000 }
      for i in 1..<values.count { values[i] = 0.7 * values[i - 1] + 0.3 * values[i] }
      return Tensor(values, shape: [1, 1, side, side])
    }
    let pictures = (0..<count).map { _ in ["x": picture()] }
    let probe = picture()
    let metric: @Sendable (Model) throws -> MetricValue = { network in
      MetricValue(
        name: "closeness", value: -(try Outputs.distance(model, network, ["x": probe])), unit: "", count: 1, standardError: nil,
        split: "test")
    }
    return CompressionData(
      card: Recipe.Data(card: "none", sha256: "0", calibration: count), calibration: pictures, timing: ["x": probe], validate: metric,
      test: metric, pictures: { _, _ in [] })
  }

  static func compressor(_ request: CompressionRequest, data: Bool = true, model: Model = model()) throws -> Compressor {
    try Compressor(
      model, source: Recipe.Source(file: "small.onnx", sha256: "s"), shapes: ["x": [1, 1, 24, 24]], data: data ? Self.data(model) : nil,
      request: request, store: MeasurementStore(folder: nil), encode: { try ONNXFile.encode($0) })
  }
}
