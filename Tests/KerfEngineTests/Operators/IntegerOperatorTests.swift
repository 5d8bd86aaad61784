import KerfEngine
import KerfGraph
import Testing

/// Convolutions and products of quantized numbers against sums written out here.
@Suite struct IntegerOperatorTests {
  static func bytes(_ count: Int, seed: Int) -> [UInt8] { (0..<count).map { UInt8(($0 * 37 + seed * 91) % 256) } }
  static func signed(_ count: Int, seed: Int) -> [Int8] { (0..<count).map { Int8(($0 * 29 + seed * 53) % 255 - 127) } }

  static func tensor(_ bytes: [UInt8], _ shape: [Int]) -> Tensor { Tensor(shape: shape, storage: .uint8(bytes)) }
  static func tensor(_ signed: [Int8], _ shape: [Int]) -> Tensor { Tensor(shape: shape, storage: .int8(signed)) }

  static func real(_ value: Float) -> Tensor { Tensor(scalar: value) }
  static func reals(_ values: [Float]) -> Tensor { Tensor(values, shape: [values.count]) }

  /// A convolution with its sums by the definition; x `[2, 4, 5, 6]`, W `[6, 2, 3, 2]` in two groups, strides 2 and 1, padded by 1.
  struct Case {
    let x = bytes(240, seed: 1)
    let w = signed(72, seed: 2)
    let wZeros: [Int8]
    let xZero: UInt8 = 130
    let attributes: [String: Attribute.Value] = ["group": .int(2), "strides": .ints([2, 1]), "pads": .ints([1, 1, 1, 0])]

    var sums: [Int32] {
      var sums: [Int32] = []
      for b in 0..<2 {
        for n in 0..<6 {
          for y in 0..<3 {
            for z in 0..<6 {
              var sum = 0
              for c in 0..<2 {
                for u in 0..<3 {
                  for v in 0..<2 {
                    let (i, j) = (y * 2 + u - 1, z + v - 1)
                    guard 0..<5 ~= i, 0..<6 ~= j else { continue }
                    let value = Int(x[((b * 4 + n / 3 * 2 + c) * 5 + i) * 6 + j]) - Int(xZero)
                    sum += value * (Int(w[((n * 2 + c) * 3 + u) * 2 + v]) - Int(wZeros[wZeros.count == 1 ? 0 : n]))
                  }
                }
              }
              sums.append(Int32(sum))
            }
          }
        }
      }
      return sums
    }
  }

  @Test(arguments: [[5], [0, 1, -2, 3, -4, 5]] as [[Int8]]) func convIntegerSumsWhatTheZeroPointsLeave(_ wZeros: [Int8]) throws {
    let given = Case(wZeros: wZeros)
    let zeros = Self.tensor(wZeros, wZeros.count == 1 ? [] : [6])
    let y = try run(
      "ConvInteger", [Self.tensor(given.x, [2, 4, 5, 6]), Self.tensor(given.w, [6, 2, 3, 2]), Self.tensor([given.xZero], []), zeros],
      given.attributes)[0]
    #expect(y.shape == [2, 6, 3, 6])
    #expect(y.storage == .int32(given.sums))
  }

  @Test func qLinearConvScalesEachChannelAndRoundsHalvesToEven() throws {
    let given = Case(wZeros: [0, 0, 0, 0, 0, 0])
    let scales: [Float] = [1, 0.5, 0.25, 2, 0.125, 1]
    let bias: [Int32] = [1, -20, 300, -4000, 50, 6]
    let y = try run(
      "QLinearConv",
      [
        Self.tensor(given.x, [2, 4, 5, 6]), Self.real(0.5), Self.tensor([given.xZero], []), Self.tensor(given.w, [6, 2, 3, 2]),
        Self.reals(scales), Self.tensor([0, 0, 0, 0, 0, 0] as [Int8], [6]), Self.real(64), Self.tensor([-3] as [Int8], []),
        Tensor(shape: [6], storage: .int32(bias)),
      ], given.attributes)[0]
    // All scales are powers of two: what is expected is exact.
    let wanted = given.sums.enumerated().map { i, sum in
      let n = i / 18 % 6
      let value = (Double(sum + bias[n]) * Double(scales[n]) / 128).rounded(.toNearestOrEven) - 3
      return Int8(max(-128, min(127, value)))
    }
    #expect(y.storage == .int8(wanted))
    #expect(wanted.contains(127) && wanted.contains { 1...100 ~= $0 }, "the case saturates, and not always")
  }

  @Test func zeroPointsOfRowsAndColumnsAreTakenOff() throws {
    let (a, b) = (Self.bytes(6, seed: 3), Self.signed(12, seed: 4))
    let (aZeros, bZeros): ([UInt8], [Int8]) = ([7, 200], [1, -2, 3, -4])
    let y = try run(
      "MatMulInteger", [Self.tensor(a, [2, 3]), Self.tensor(b, [3, 4]), Self.tensor(aZeros, [2]), Self.tensor(bZeros, [4])])[0]
    var wanted = [Int32](repeating: 0, count: 8)
    for (i, j, k) in (0..<24).map({ ($0 / 12, $0 / 3 % 4, $0 % 3) }) {
      let (left, right) = (Int32(a[i * 3 + k]) - Int32(aZeros[i]), Int32(b[k * 4 + j]) - Int32(bZeros[j]))
      wanted[i * 4 + j] += left * right
    }
    #expect(y.storage == .int32(wanted))
  }

  @Test func qLinearMatMulTakesScalesOfColumns() throws {
    let (a, b) = (Self.bytes(6, seed: 5), Self.signed(12, seed: 6))
    let sums = try #require(
      try run("MatMulInteger", [Self.tensor(a, [2, 3]), Self.tensor(b, [3, 4]), Self.tensor([128] as [UInt8], []), nil])[0].integers())
    let scales: [Float] = [0.5, 1, 2, 4]
    let y = try run(
      "QLinearMatMul",
      [
        Self.tensor(a, [2, 3]), Self.real(1), Self.tensor([128] as [UInt8], []), Self.tensor(b, [3, 4]), Self.reals(scales),
        Self.tensor([0, 0, 0, 0] as [Int8], [4]), Self.real(512), Self.tensor([100] as [UInt8], []),
      ])[0]
    let wanted = sums.enumerated().map { i, sum in
      let level: Double = (Double(sum) * Double(scales[i % 4]) / 512).rounded(.toNearestOrEven) + 100
      return UInt8(max(0, min(255, level)))
    }
    #expect(y.storage == .uint8(wanted))
  }

  @Test(arguments: [false, true], [false, true]) func qGemmIsTheMatrixProductOfEitherOrder(_ transA: Bool, _ transB: Bool) throws {
    let (a, b) = (Self.bytes(6, seed: 7), Self.signed(12, seed: 8))
    func transposed<T>(_ e: [T], rows: Int, columns: Int) -> [T] { (0..<e.count).map { e[$0 % rows * columns + $0 / rows] } }
    let left = Self.tensor(transA ? transposed(a, rows: 2, columns: 3) : a, transA ? [3, 2] : [2, 3])
    let right = Self.tensor(transB ? transposed(b, rows: 3, columns: 4) : b, transB ? [4, 3] : [3, 4])
    let zeros = Self.tensor([0, 1, 2, 3] as [Int8], [4])
    let sums = try #require(
      try run("MatMulInteger", [Self.tensor(a, [2, 3]), Self.tensor(b, [3, 4]), Self.tensor([9] as [UInt8], []), zeros])[0].integers())
    let addends: [Int32] = [10, -20, 30, -40]
    let y = try run(
      "QGemm", domain: "com.microsoft",
      [
        left, Self.real(0.5), Self.tensor([9] as [UInt8], []), right, Self.reals([1, 2, 4, 8]), zeros,
        Tensor(shape: [4], storage: .int32(addends)),
      ], ["alpha": .float(2), "transA": .int(transA ? 1 : 0), "transB": .int(transB ? 1 : 0)])[0]
    let wanted = sums.enumerated().map { i, sum -> Float in Float(sum + Int64(addends[i % 4])) * Float(1 << (i % 4)) }
    #expect(y.storage == .float(wanted))
  }

  @Test func dynamicRangesHoldZeroAndNaNDoesNotWidenThem() throws {
    let y = try run("DynamicQuantizeLinear", [Self.reals([2, -1, .nan, 0.01, 4.1])], outputs: 3)
    #expect(floats(y[1])[0] == 5.1 / 255)
    #expect(y[2].storage == .uint8([50]))
    #expect(y[0].storage == .uint8([150, 0, 50, 50, 255]))
    let zeros = try run("DynamicQuantizeLinear", [Self.reals([0, 0])], outputs: 3)
    #expect(zeros[0].storage == .uint8([0, 0]) && floats(zeros[1]) == [1] && zeros[2].storage == .uint8([0]))
  }

  @Test func quantizedOperatorsDoWhatTheRealOneDoes() throws {
    let (half, one, quarter) = (Self.real(0.5), Self.real(1), Self.real(0.25))
    let (zero, ten) = (Self.tensor([0] as [UInt8], []), Self.tensor([10] as [UInt8], []))
    let (a, b) = (Self.tensor([10, 20, 255] as [UInt8], [3]), Self.tensor([4] as [UInt8], [1]))
    func microsoft(_ name: String, _ inputs: [Tensor?], _ attributes: [String: Attribute.Value] = [:]) throws -> Tensor.Storage {
      try run(name, domain: "com.microsoft", inputs, attributes)[0].storage
    }
    #expect(try microsoft("QLinearAdd", [a, half, ten, b, one, zero, half, ten]) == .uint8([18, 28, 255]))
    #expect(try microsoft("QLinearMul", [a, half, ten, b, one, zero, half, ten]) == .uint8([10, 50, 255]))
    #expect(try microsoft("QLinearConcat", [one, zero, a, half, ten, b, one, zero], ["axis": .int(0)]) == .uint8([0, 5, 122, 4]))
    #expect(try microsoft("QLinearLeakyRelu", [b, one, ten, quarter, ten], ["alpha": .float(0.5)]) == .uint8([0]))
    #expect(try microsoft("QLinearSigmoid", [ten, one, ten, quarter, zero]) == .uint8([2]))
    let image = Self.tensor([1, 2, 3, 6] as [UInt8], [1, 1, 2, 2])
    #expect(try microsoft("QLinearGlobalAveragePool", [image, one, zero, quarter, nil], ["channels_last": .int(0)]) == .uint8([12]))
    let window: [String: Attribute.Value] = ["kernel_shape": .ints([1, 2])]
    #expect(try microsoft("QLinearAveragePool", [image, one, zero, half, nil], window) == .uint8([3, 9]))
  }

  @Test func operandsThatDoNotFitAreNamed() {
    let x = Self.tensor(Self.bytes(16, seed: 0), [1, 1, 4, 4])
    let w = Self.tensor(Self.signed(4, seed: 0), [1, 1, 2, 2])
    #expect(throws: EngineError.self) { try run("ConvInteger", [x, w, Self.tensor([1] as [Int8], []), nil]) }
    #expect(throws: EngineError.self) { try run("ConvInteger", [x, w, nil, Self.tensor([1, 2] as [Int8], [2])]) }
    #expect(throws: EngineError.self) { try run("ConvInteger", [Self.reals([1, 2, 3, 4]).reshaped(to: [1, 1, 2, 2]), w, nil, nil]) }
    let one = Self.real(1)
    #expect(throws: EngineError.self) { try run("QLinearConv", [x, one, nil, w, one, nil, one]) }
    #expect(throws: EngineError.self) { try run("QLinearConv", [x, Self.reals([1, 1]), nil, w, one, nil, one, x]) }
    let a = Self.tensor(Self.bytes(4, seed: 0), [2, 2])
    #expect(throws: EngineError.self) { try run("MatMulInteger", [a, a, nil, Self.tensor([1, 2, 3] as [UInt8], [3])]) }
    #expect(throws: EngineError.self) { try run("MatMulInteger", [a, a, Self.tensor([1, 2] as [UInt8], [1, 2]), nil]) }
  }

  @Test func operatorsBelongToTheirOperatorSets() throws {
    #expect(try OperatorRegistry.definition(of: Node("QLinearAdd", inputs: ["a"], outputs: ["y"]), opset: 17) == nil)
    #expect(try OperatorRegistry.definition(of: Node("Conv", domain: "com.microsoft", inputs: ["a"], outputs: ["y"]), opset: 17) == nil)
  }
}
