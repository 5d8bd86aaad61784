import Foundation
import KerfAlgebra
import KerfCompression
import KerfEngine
import KerfGraph
import Testing

@Suite struct QuantizationLayerTests {
  /// Batches of smooth noise `[1, 1, side, side]`.
  private func pictures(_ count: Int) throws -> [[String: Tensor]] { try SmallNetwork.data(SmallNetwork.model(), count: count).calibration }

  private func draft(_ model: Model) throws -> QuantizationDraft { try draft(PreparedNetwork(model)) }

  private func draft(_ network: PreparedNetwork) throws -> QuantizationDraft {
    var draft = QuantizationDraft(network)
    let layout = QuantizationLayout(network.model, layers: network.scan.layers)
    let seen = try RangeCalibration(network.model, values: layout.owners, batches: pictures(3), options: EngineOptions(threads: 1))
      .histograms(counted: true)
    draft.ranges = layout.ranges(seen.mapValues { MinMaxRange().range(of: $0, .uint8) })
    return draft
  }

  @Test func levelsStandBehindTheReluAndNotBeforeIt() throws {
    let network = try PreparedNetwork(SmallNetwork.model())
    let layout = QuantizationLayout(network.model, layers: network.scan.layers)
    #expect(layout.values == ["x", "r0", "r1", "y"])
    #expect(layout.inputs == ["x"])
  }

  @Test func withoutItsLayersAValueHasNoLevels() throws {
    let network = try PreparedNetwork(SmallNetwork.model())
    let layout = QuantizationLayout(network.model, layers: network.scan.layers.filter { $0.name == "conv1" })
    #expect(layout.values == ["r0", "r1"])
  }

  @Test func partsOfAConcatenationShareARangeOnlyWhereNoneLosesMoreThanABit() throws {
    var model = SmallNetwork.model()
    model.graph.nodes = [
      Node("Conv", name: "a", inputs: ["x", "w0", "b0"], outputs: ["p"]),
      Node("Conv", name: "b", inputs: ["x", "w0", "b0"], outputs: ["q"]),
      Node("Concat", name: "join", inputs: ["p", "q"], outputs: ["j"], attributes: [Attribute("axis", .int(2))]),
      Node("Conv", name: "c", inputs: ["j", "w2", "b2"], outputs: ["y"]),
    ]
    let network = try PreparedNetwork(model)
    let layout = QuantizationLayout(network.model, layers: network.scan.layers)
    #expect(layout.values.contains("j"))
    let near = layout.ranges([
      "p": ValueRange(-1, 1), "q": ValueRange(0, 1.5), "j": ValueRange(-1, 1.5), "x": ValueRange(0, 1), "y": ValueRange(0, 1),
    ])
    #expect(near["p"] == ValueRange(-1, 1.5) && near["q"] == near["p"] && near["j"] == near["p"])
    let far = layout.ranges([
      "p": ValueRange(-1, 1), "q": ValueRange(0, 9), "j": ValueRange(-1, 9), "x": ValueRange(0, 1), "y": ValueRange(0, 1),
    ])
    #expect(far["p"] == ValueRange(-1, 1) && far["q"] == ValueRange(0, 9))
  }

  @Test func aChannelOfZerosHasAScaleAndLevelsOfZero() throws {
    var layer = try PreparedNetwork(SmallNetwork.model()).scan.layers[0]
    for i in 0..<9 { layer.weights[i] = 0 }
    layer.bias?[0] = 0
    let quantized = WeightQuantization(layer, inputScale: 0.01)
    #expect(quantized.scales[0] == 1)
    #expect(quantized.levels.prefix(9).allSatisfy { $0 == 0 })
    #expect(quantized.levels.allSatisfy { (-127...127).contains($0) })
  }

  @Test func aLargeBiasOnSmallWeightsStillFits32Bits() throws {
    var layer = try PreparedNetwork(SmallNetwork.model()).scan.layers[0]
    for i in 0..<9 { layer.weights[i] = 1e-9 }
    layer.bias?[0] = 50
    let scale: Float = 1e-3
    let quantized = WeightQuantization(layer, inputScale: scale)
    let bias = try #require(quantized.bias(inputScale: scale))
    #expect(abs(Double(bias.levels[0]) * Double(bias.scales[0]) - 50) < 1e-4)
    #expect(abs(bias.levels[0]) <= 1 << 30)
  }

  @Test func equalizationKeepsWhatTheNetworkComputes() throws {
    let network = try PreparedNetwork(SmallNetwork.model())
    let pairs = Equalization.pairs(network.model, layers: network.scan.layers)
    #expect(pairs.map(\.value) == ["r0", "r1"])
    let seen = try ChannelMeans(network.model, values: pairs.map(\.value), pieces: pictures(2), options: EngineOptions(threads: 1))
    let (model, layers) = Equalization.balance(network.model, layers: network.scan.layers, pairs: pairs, magnitudes: seen.magnitudes)
    #expect(model.graph.initializers.map(\.tensor) != network.model.graph.initializers.map(\.tensor))
    #expect(try Outputs.distance(network.model, model, try pictures(4)[3]) < 1e-5)
    // What lies between has the magnitude √(r₁ r₂), and so have the next layer's weights by input channel.
    let after = try ChannelMeans(model, values: ["r1"], pieces: pictures(2), options: EngineOptions(threads: 1))
    for (channel, magnitude) in try #require(after.magnitudes["r1"]).enumerated() where magnitude > 0 {
      let weights = layers[2].weights[channel * 9..<(channel + 1) * 9].map { Double(abs($0)) }
      #expect(abs(magnitude / (weights.max() ?? 0) - 1) < 1e-3)
    }
  }

  @Test func factorsOfUnequalChannelsAreBalancedForFree() throws {
    // 1→8 1×1 of channels from 1 to 128 in size, depthwise 3×3 that makes them equal again, 8→1 1×1.
    let sizes = (0..<8).map { Float(1 << $0) }
    let nodes = [
      Node("Conv", name: "a", inputs: ["x", "wa"], outputs: ["ya"]),
      Node(
        "Conv", name: "b", inputs: ["ya", "wb"], outputs: ["yb"],
        attributes: [
          Attribute("group", .int(8)), Attribute("pads", .ints([1, 1, 1, 1])),
        ]),
      Node("Conv", name: "c", inputs: ["yb", "wc"], outputs: ["y"]),
    ]
    let weights = [
      Initializer("wa", Tensor(sizes, shape: [8, 1, 1, 1])),
      Initializer("wb", Tensor((0..<72).map { Float(($0 * 7) % 11 - 5) / sizes[$0 / 9] }, shape: [8, 1, 3, 3])),
      Initializer("wc", Tensor((0..<8).map { Float($0 - 3) / 8 }, shape: [1, 8, 1, 1])),
    ]
    let model = Model(
      opsets: ["": 13],
      graph: Graph(
        nodes: nodes, initializers: weights,
        inputs: [ValueInfo("x", .tensor(.float, [.symbolic("n"), .fixed(1), .symbolic("h"), .symbolic("w")]))],
        outputs: [ValueInfo("y", .unknown)]))
    let (pieces, options) = (try pictures(3), EngineOptions(threads: 1))
    let network = try PreparedNetwork(model)
    let balanced = try network.balanced(on: pieces, options: options)
    #expect(try Outputs.distance(model, balanced.model, pieces[0]) < 1e-5)
    func noise(_ network: PreparedNetwork) throws -> Double { try Outputs.distance(model, draft(network).written().model, pieces[0]) }
    let (before, after) = (try noise(network), try noise(balanced))
    #expect(after < before / 2, "before \(before), after \(after)")
  }

  @Test func biasCorrectionTakesTheMeanErrorAway() throws {
    var draft = try draft(SmallNetwork.model())
    // Coarse ranges, so that there is a mean error to take away.
    draft.ranges = draft.ranges.mapValues { ValueRange($0.low * 0.8, $0.high * 0.8) }
    let pieces = try pictures(3)
    let options = EngineOptions(threads: 1)
    let corrected = try BiasCorrection(pieces: pieces, options: options).correct(draft)
    func meanError(_ draft: QuantizationDraft) throws -> Double {
      // The last layer's result, before its own rounding.
      let written = draft.written().model
      let wanted = try ChannelMeans(draft.model, values: ["c1"], pieces: pieces, options: options).means["c1"] ?? []
      let made = try ChannelMeans(written, values: ["c1"], pieces: pieces, options: options).means["c1"] ?? []
      #expect(wanted.count == 16 && made.count == 16)
      return zip(wanted, made).reduce(0) { $0 + abs($1.0 - $1.1) }
    }
    let (before, after) = (try meanError(draft), try meanError(corrected))
    #expect(after < before / 10, "before \(before), after \(after)")
  }

  @Test func reconstructionMakesTheResponseErrorNoLarger() {
    var random = SystemFreeGenerator(state: 9)
    func uniform() -> Double { Double(random.next() % 2001) / 1000 - 1 }
    let n = 24
    // Strongly correlated inputs: Σ = M Mᵀ + 0.01·1.
    let mixing = Matrix((0..<n * 3).map { _ in uniform() }, rows: n, columns: 3)
    var sigma = mixing * mixing.transposed
    sigma.addToDiagonal(0.01)
    func error(_ w: [Double], _ q: [Int], _ scale: Double) -> Double {
      let d = Matrix(zip(w, q).map { $0 - scale * Double($1) }, rows: 1, columns: n)
      return (d * sigma * d.transposed).elements[0]
    }
    var gained = 0
    for _ in 0..<20 {
      let w = (0..<n).map { _ in uniform() }
      let scale = (w.map { abs($0) }.max() ?? 1) / 127
      let nearest = w.map { Int(($0 / scale).rounded()) }
      let found = RoundingReconstruction.descend(w, start: nearest, scale: scale, sigma, .int8)
      #expect(found.allSatisfy { (-127...127).contains($0) })
      let (a, b) = (error(w, nearest, scale), error(w, found, scale))
      #expect(b <= a * (1 + 1e-9))
      if b < 0.5 * a { gained += 1 }
    }
    #expect(gained > 10, "\(gained) of 20 gained a factor of two")
  }
}
