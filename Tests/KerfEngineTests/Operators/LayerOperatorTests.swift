import KerfEngine
import KerfGraph
import Testing

@Suite struct LayerOperatorTests {
  @Test func everyKnownOperatorHasAReferenceImplementation() {
    for type in OperatorRegistry.all {
      #expect(type is any ReferenceOperator.Type, "\(type)")
    }
  }

  @Test func noTwoDefinitionsClaimTheSameOperator() {
    let names = OperatorRegistry.all.flatMap { $0.opTypes }
    #expect(Set(names).count == names.count)
  }

  @Test func softmaxJoinsTheTrailingAxesBeforeOpset13() throws {
    let x = Tensor([Float](repeating: 0, count: 8), shape: [2, 2, 2])
    #expect(floats(try run("Softmax", opset: 11, [x])[0]) == [Float](repeating: 0.25, count: 8))
    #expect(floats(try run("Softmax", opset: 13, [x])[0]) == [Float](repeating: 0.5, count: 8))
  }

  @Test func softmaxOfLargeNumbersDoesNotOverflow() throws {
    let y = floats(try run("LogSoftmax", [Tensor([10_000, 10_000 as Float], shape: [1, 2])])[0])
    #expect(y.allSatisfy { abs($0 + 0.6931472) < 1e-6 })
  }

  @Test func clipLetsTheUpperBoundWinWhereBoundsCross() throws {
    let bounds = [Tensor(scalar: Float(3)), Tensor(scalar: Float(1))]
    #expect(floats(try run("Clip", [Tensor([0, 2, 4 as Float], shape: [3])] + bounds)[0]) == [1, 1, 1])
    #expect(floats(try run("Clip", opset: 6, [Tensor([0, 2, 4 as Float], shape: [3])], ["max": .float(3)])[0]) == [0, 2, 3])
  }

  @Test func roundingUpDropsAWindowThatStartsInTheTrailingPadding() throws {
    let x = Tensor([1, 2, 3, 4 as Float], shape: [1, 1, 4])
    let window: [String: Attribute.Value] = [
      "kernel_shape": .ints([1]), "strides": .ints([2]), "pads": .ints([0, 1]), "ceil_mode": .int(1),
    ]
    #expect(floats(try run("MaxPool", [x], window)[0]) == [1, 3])
  }

  @Test func anAverageThatCountsThePaddingDoesNotCountWhatRoundingUpAdds() throws {
    let x = Tensor([2, 4, 6 as Float], shape: [1, 1, 3])
    let y = try run(
      "AveragePool", [x], ["kernel_shape": .ints([2]), "strides": .ints([2]), "ceil_mode": .int(1), "count_include_pad": .int(1)])[0]
    #expect(floats(y) == [3, 6])
  }

  @Test func theMaximumOfNegativeNumbersIsNotThePadding() throws {
    let y = try run(
      "MaxPool", [Tensor([-3, -2 as Float], shape: [1, 1, 2])], outputs: 2, ["kernel_shape": .ints([2]), "pads": .ints([1, 1])])
    #expect(floats(y[0]) == [-3, -2, -2])
    #expect(y[1].integers() == [0, 1, 1])
  }

  @Test func columnMajorIndicesCountTheFirstAxisFastest() throws {
    let x = Tensor([0, 9, 0, 0, 0, 0 as Float], shape: [1, 1, 2, 3])
    let y = try run("MaxPool", [x], outputs: 2, ["kernel_shape": .ints([2, 3]), "storage_order": .int(1)])
    #expect(y[1].integers() == [2])
  }

  @Test func quantizingRoundsHalvesToEvenAndSaturates() throws {
    let x = Tensor([0.5, 1.5, -2.5, 300, -300, .infinity, -.infinity, .nan] as [Float], shape: [8])
    let zero = Tensor(shape: [], storage: .int8([1]))
    #expect(try run("QuantizeLinear", [x, Tensor(scalar: Float(1)), zero])[0].integers() == [1, 3, -1, 127, -128, 127, -128, 1])
  }

  @Test func blocksOfAnAxisShareAScale() throws {
    let x = Tensor(shape: [1, 5], storage: .int8([1, 1, 1, 1, 1]))
    let y = try run(
      "DequantizeLinear", opset: 21, [x, Tensor([1, 2, 3 as Float], shape: [1, 3])], ["axis": .int(1), "block_size": .int(2)])[0]
    #expect(floats(y) == [1, 1, 2, 2, 3])
  }

  @Test func batchNormalizationNormalizesEachChannelByItsOwnMoments() throws {
    let x = Tensor([1, 2, 3, 4 as Float], shape: [1, 2, 2])
    func two(_ a: Float, _ b: Float) -> Tensor { Tensor([a, b], shape: [2]) }
    let y = try run("BatchNormalization", [x, two(2, 1), two(0, 10), two(1, 3), two(4, 1)], ["epsilon": .float(0)])[0]
    #expect(floats(y) == [0, 1, 10, 11])
  }

  @Test func aVectorTimesABatchOfMatricesDropsTheRow() throws {
    let b = Tensor([1, 0, 0, 1, 2, 0, 0, 2] as [Float], shape: [2, 2, 2])
    let y = try run("MatMul", [Tensor([3, 4 as Float], shape: [2]), b])[0]
    #expect(y == Tensor([3, 4, 6, 8 as Float], shape: [2, 2]))
  }

  @Test(arguments: [1, 3, 9]) func gemmIsTheSameWhetherItsRightSideIsTransposedOrNot(rows: Int) throws {
    var numbers = WholeNumbers(seed: UInt64(rows))
    let (a, b, c) = (numbers.tensor([rows, 11]), numbers.tensor([11, 5]), numbers.tensor([5]))
    let transposed = try run("Transpose", [b])[0]
    #expect(try run("Gemm", [a, b, c], ["beta": .float(2)]) == run("Gemm", [a, transposed, c], ["transB": .int(1), "beta": .float(2)]))
  }
}
