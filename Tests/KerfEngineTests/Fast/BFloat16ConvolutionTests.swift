import KerfEngine
import KerfGraph
import Testing

@Suite struct BFloat16ConvolutionTests {
  private static let able = InstructionSet.available.filter { isa in
    var options = EngineOptions(instructionSet: isa)
    options.arithmetic = .bfloat16
    return options.obstacle == nil
  }
  private static let name = "implicit-gemm-bf16"

  /// To the nearest number of eight significant bits, halves to even.
  private func rounded(_ tensor: Tensor) -> Tensor {
    Tensor(
      (tensor.floats() ?? []).map { x in
        let spacing = x.ulp * 65536
        return (x / spacing).rounded(.toNearestOrEven) * spacing
      }, shape: tensor.shape)
  }

  private func changed(_ layer: OneLayer, _ change: (Initializer) -> Initializer) -> OneLayer {
    var layer = layer
    layer.constants = layer.constants.map(change)
    return layer
  }

  @Test(arguments: ConvolutionExecutionTests.cases, able)
  func sumsAreThoseOfRoundedValues(convolution: ConvolutionCase, isa: InstructionSet) throws {
    let layer = convolution.layer()
    let x = noise(convolution.x, seed: 1)
    let found = try layer.compare(x, isa: isa, execution: Self.name, arithmetic: .bfloat16)
    guard convolution.groups == 1 || convolution.w[1] % 2 == 0 else {
      #expect(!found.executions.contains(Self.name), "groups of odd numbers of channels are no pairs")
      return
    }
    #expect(found.executions.contains(Self.name), "ran by \(found.executions)")
    let reference = try changed(layer) { $0.name == "w" ? Initializer("w", rounded(noise(convolution.w, seed: 5))) : $0 }
      .compare(rounded(x), isa: isa, exact: true).reference
    #expect(relativeDifference(found.fast, reference) < 3e-6)
  }

  @Test(arguments: ConvolutionExecutionTests.cases, able)
  func productsDifferByRoundingAlone(convolution: ConvolutionCase, isa: InstructionSet) throws {
    let layer = convolution.layer()
    let x = noise(convolution.x, seed: 1)
    let (found, wanted, _) = try layer.compare(x, isa: isa, execution: Self.name, arithmetic: .bfloat16)
    func sizes(_ tensor: Tensor) -> Tensor { Tensor((tensor.floats() ?? []).map(abs), shape: tensor.shape) }
    // Σ|x·w| + |b|: each product is off by 2⁻⁹ of it for either factor, sums in float32 by less than an eighth of that again.
    let size = try changed(layer) {
      Initializer($0.name, sizes(noise($0.name == "w" ? convolution.w : [convolution.w[0]], seed: $0.name == "w" ? 5 : 6)))
    }
    .compare(sizes(x), isa: isa, exact: true).reference
    for (y, (right, size)) in zip(found.floats() ?? [], zip(wanted.floats() ?? [], size.floats() ?? [])) {
      #expect(abs(y - right) <= size * 0x1p-8 * 1.125)
    }
  }

  @Test(arguments: ConvolutionExecutionTests.cases, [2, 5])
  func resultsDoNotDependOnTheNumberOfThreads(convolution: ConvolutionCase, threads: Int) throws {
    guard let isa = Self.able.first else { return }
    let x = noise(convolution.x, seed: 2)
    let one = try convolution.layer().compare(x, isa: isa, threads: 1, execution: Self.name, arithmetic: .bfloat16)
    let many = try convolution.layer().compare(x, isa: isa, threads: threads, execution: Self.name, arithmetic: .bfloat16)
    #expect(one.fast == many.fast)
  }

  @Test(arguments: able, [EngineOptions.Fusion.always, .never])
  func chainsAndWhatFollowsGiveTheSameFusedAndAlone(isa: InstructionSet, fusion: EngineOptions.Fusion) throws {
    var layer = OneLayer([2, 12, 30, 23])
    func convolution(_ i: Int, _ from: String, _ to: String, pads: [Int64]) -> Node {
      Node("Conv", inputs: [from, "w\(i)", "b\(i)"], outputs: [to], attributes: [Attribute("pads", .ints(pads))])
    }
    layer.nodes = [
      convolution(0, "x", "p", pads: [0, 0, 0, 0]), convolution(1, "p", "q", pads: [1, 0, 1, 0]),
      Node("PRelu", inputs: ["q", "slope"], outputs: ["r"]), convolution(2, "r", "s", pads: [0, 1, 0, 1]),
      Node("Add", inputs: ["s", "x"], outputs: ["t"]), Node("Relu", inputs: ["t"], outputs: ["y"]),
    ]
    for (i, shape) in [[37, 12, 1, 1], [50, 37, 3, 1], [12, 50, 1, 3]].enumerated() {
      layer.constants += [
        Initializer("w\(i)", noise(shape, seed: UInt64(i))), Initializer("b\(i)", noise([shape[0]], seed: UInt64(i + 9))),
      ]
    }
    layer.constants.append(Initializer("slope", noise([50, 1, 1], seed: 20)))
    let x = noise(layer.shape, seed: 3)
    var options = EngineOptions(threads: 1, instructionSet: isa)
    (options.arithmetic, options.convolutionExecution, options.fusion) = (.bfloat16, Self.name, .byCost)
    let wanted = try #require(Session(layer.model, options: options).run(["x": x])["y"])
    options.fusion = fusion
    let found = try #require(Session(layer.model, options: options).run(["x": x])["y"])
    #expect(found == wanted)
    // Roundings of three layers that do not know each other.
    #expect(relativeDifference(found, try layer.compare(x, isa: isa).reference) < 3 * 0x1p-8)
  }

  @Test func floatsStayFloatsUnlessAsked() throws {
    let convolution = ConvolutionCase(x: [1, 64, 20, 20], w: [64, 64, 1, 1])
    let x = noise(convolution.x, seed: 1)
    #expect(try convolution.layer().compare(x).executions.contains("implicit-gemm"))
    #expect(try convolution.layer().compare(x, execution: Self.name).executions.contains("implicit-gemm"))
    guard let isa = Self.able.first else { return }
    #expect(try convolution.layer().compare(x, isa: isa, arithmetic: .bfloat16).executions.contains(Self.name))
  }

  @Test(arguments: InstructionSet.available)
  func aMachineWithoutThemIsToldSo(isa: InstructionSet) throws {
    if Self.able.contains(isa) { return }
    let layer = ConvolutionCase(x: [1, 4, 6, 6], w: [4, 4, 3, 3]).layer()
    var options = EngineOptions(instructionSet: isa)
    options.arithmetic = .bfloat16
    let error = try #require(throws: EngineError.self) { try Session(layer.model, options: options) }
    #expect(error.code == .unsupported && error.message.contains("AVX-512 BF16") && error.message.contains("'\(isa.name)'"))
  }
}
