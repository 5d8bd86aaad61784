import KerfEngine
import KerfGraph
import Testing

/// A chain of convolutions and poolings, written as words: `k3x1>24` is a convolution with a 3×1 kernel to 24 channels, `d` in front makes it
/// depthwise, `s2` behind it a stride, `r` an activation, `b` a bias; `max2` and `mean3` are poolings.
struct ChainCase: Sendable, CustomStringConvertible {
  let x: [Int]
  let words: String
  var description: String { "\(x) \(words)" }

  var model: OneLayer {
    var layer = OneLayer(x)
    var channels = x[1]
    var value = "x"
    let all = words.split(separator: " ")
    for (i, word) in all.enumerated() {
      let output = i == all.count - 1 ? "y" : "v\(i)"
      if word.hasPrefix("max") || word.hasPrefix("mean") {
        let size = Int64(word.last?.wholeNumberValue ?? 2)
        layer.nodes.append(
          Node(
            word.hasPrefix("max") ? "MaxPool" : "AveragePool", inputs: [value], outputs: [output],
            attributes: [
              Attribute("kernel_shape", .ints([size, size])), Attribute("strides", .ints([2, 2])),
              Attribute("pads", .ints(size == 3 ? [1, 1, 1, 1] : [0, 0, 0, 0])),
            ]))
      } else {
        let numbers = word.split { !$0.isNumber }.compactMap { Int($0) }
        let (kh, kw, stride) = (numbers[0], numbers[1], word.contains("s") ? numbers.last ?? 1 : 1)
        let deep = word.hasPrefix("d")
        let outputs = deep ? channels : numbers[2]
        let groups = deep ? channels : 1
        let pads = [kh / 2, kw / 2, kh / 2, kw / 2].map(Int64.init)
        let strides = [kh > 1 ? stride : 1, kw > 1 ? stride : 1].map(Int64.init)
        let made = word.contains("r") ? "c\(i)" : output
        layer.nodes.append(
          Node(
            "Conv", name: "conv\(i)", inputs: [value, "w\(i)"] + (word.contains("b") ? ["b\(i)"] : []), outputs: [made],
            attributes: [
              Attribute("group", .int(Int64(groups))), Attribute("pads", .ints(pads)), Attribute("strides", .ints(strides)),
            ]))
        if made != output { layer.nodes.append(Node("Relu", inputs: [made], outputs: [output])) }
        layer.constants += [
          Initializer("w\(i)", noise([outputs, channels / groups, kh, kw], seed: UInt64(i + 2))),
          Initializer("b\(i)", noise([outputs], seed: UInt64(i + 50))),
        ]
        channels = outputs
      }
      value = output
    }
    return layer
  }
}

@Suite struct PipelineTests {
  static let cases: [ChainCase] = [
    .init(x: [1, 20, 23, 29], words: "k3x1>24 k1x3>40rb"),
    .init(x: [2, 16, 14, 14], words: "k5x1>12 k1x5>16r"),
    .init(x: [1, 18, 31, 17], words: "k1x7>12 k7x1>21b"),
    .init(x: [1, 16, 30, 37], words: "k1x1>20 dk3x1 dk1x3 k1x1>33rb"),
    .init(x: [2, 9, 19, 7], words: "k1x1>50 dk5x1 dk1x5 k1x1>8b"),
    .init(x: [1, 24, 20, 22], words: "k1x1>96r dk3x3r k1x1>24"),
    .init(x: [1, 24, 21, 23], words: "k1x1>48r dk3x3s2r k1x1>40b"),
    .init(x: [1, 32, 26, 25], words: "k1x1>12 k3x3>14 k1x1>40rb max2"),
    .init(x: [1, 17, 40, 13], words: "k3x3>20 k1x1>48r mean3"),
    .init(x: [1, 3, 45, 50], words: "k3x3>16rb k3x3>16rb max2 k3x3>24r max3 k5x5>8"),
    .init(x: [2, 4, 37, 40], words: "k3x3s2>16r k3x1s2>9 k1x3s2>12r k7x7>6b"),
    .init(x: [1, 5, 1, 1], words: "k3x3>7r k1x1>5 k3x3>3"),
    .init(x: [1, 8, 64, 9], words: "max2 k3x3>8r max2 k3x3>8r max2"),
    .init(x: [1, 12, 13, 2], words: "k3x1>6 k1x3>9r k5x5>40r k3x3>1"),
  ]

  @Test(arguments: cases, InstructionSet.available)
  func aFusedChainGivesTheReferencesResult(chain: ChainCase, isa: InstructionSet) throws {
    let x = noise(chain.x, seed: 1)
    let model = chain.model.model
    let wanted = try #require(try Interpreter(model).run(["x": x])["y"])
    for exact in [false, true] {
      for fusion in [EngineOptions.Fusion.never, .byCost, .always] {
        var options = EngineOptions(threads: 1, instructionSet: isa, exact: exact)
        options.fusion = fusion
        let found = try #require(try Session(model, options: options).run(["x": x])["y"])
        #expect(relativeDifference(found, wanted) < (exact ? 3e-6 : 1e-4), "\(fusion), exact: \(exact)")
      }
    }
  }

  @Test(arguments: cases)
  func everyExecutionGivesTheReferencesResultInAChain(chain: ChainCase) throws {
    try compare(chain, EngineInfo.convolutionExecutions)
  }

  @Test func windowsHigherThanBlocksOfRowsFindTheRowsThatTheyRead() throws {
    try compare(.init(x: [1, 32, 64, 96], words: "k3x1>64r k1x1>32 k5x5>64rb k1x1>32"), ["fft"])
  }

  private func compare(_ chain: ChainCase, _ executions: [String]) throws {
    let x = noise(chain.x, seed: 5)
    let model = chain.model.model
    let wanted = try #require(try Interpreter(model).run(["x": x])["y"])
    for execution in executions {
      for (fusion, threads) in [(EngineOptions.Fusion.never, 1), (.always, 1), (.always, 2)] {
        var options = EngineOptions(threads: threads)
        (options.fusion, options.convolutionExecution) = (fusion, execution)
        let found = try #require(try Session(model, options: options).run(["x": x])["y"])
        #expect(relativeDifference(found, wanted) < 1e-3, "\(execution), \(fusion), \(threads)")
      }
    }
  }

  @Test(arguments: cases)
  func aFusedChainIsTheSameBitsHoweverItIsCut(chain: ChainCase) throws {
    let x = noise(chain.x, seed: 3)
    let model = chain.model.model
    var results: [[String: Tensor]] = []
    for threads in [1, 2, 3, 7] {
      for fusion in [EngineOptions.Fusion.never, .always] {
        var options = EngineOptions(threads: threads)
        options.fusion = fusion
        results.append(try Session(model, options: options).run(["x": x]))
      }
    }
    #expect(results.allSatisfy { $0 == results[0] })
  }

  @Test(arguments: [PlanMode.measure, .exhaustive])
  func aMeasuredPlanGivesTheSameNumbersAndMeasuresOnce(mode: PlanMode) throws {
    let chain = Self.cases[9]
    let wisdom = Wisdom(machine: "here")
    let options = EngineOptions(threads: 1, planning: mode, wisdom: wisdom)
    let x = noise(chain.x, seed: 1)
    let model = chain.model.model
    let wanted = try #require(try Interpreter(model).run(["x": x])["y"])
    let first = try Session(model, options: options).run(["x": x])
    #expect(relativeDifference(try #require(first["y"]), wanted) < 1e-4)
    #expect(wisdom.isNew)
    let known = try #require(Wisdom(wisdom.text, machine: "here"))
    let second = try Session(model, options: EngineOptions(threads: 1, planning: mode, wisdom: known)).run(["x": x])
    #expect(!known.isNew)
    #expect(first == second)
  }

  @Test func wisdomOfAnotherMachineIsNotUsed() throws {
    let wisdom = Wisdom(machine: "here")
    #expect(Wisdom(wisdom.text, machine: "there") == nil)
    #expect(Wisdom("kerf", machine: "here") == nil)
    #expect(Wisdom("", machine: "here") == nil)
  }
}
