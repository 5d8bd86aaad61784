import KerfEngine
import KerfGraph
import Testing

@Suite struct ConvolutionTests {
  /// A random convolution over two axes: shapes, window and groups from a seed.
  private struct Sample {
    let groups, batch: Int
    let x, w: Tensor
    let strides, dilations, pads: [Int]

    init(seed: UInt64) {
      var numbers = WholeNumbers(seed: seed)
      groups = numbers.next(1...3)
      batch = numbers.next(1...2)
      let (inputs, outputs) = (numbers.next(1...3), numbers.next(1...3))
      x = numbers.tensor([batch, groups * inputs, numbers.next(5...8), numbers.next(5...8)])
      w = numbers.tensor([groups * outputs, inputs, numbers.next(1...3), numbers.next(1...3)])
      strides = [numbers.next(1...3), numbers.next(1...3)]
      dilations = [numbers.next(1...2), numbers.next(1...2)]
      pads = (0..<4).map { _ in numbers.next(0...2) }
    }

    var attributes: [String: Attribute.Value] {
      [
        "group": .int(Int64(groups)), "strides": .ints(strides.map { Int64($0) }), "dilations": .ints(dilations.map { Int64($0) }),
        "pads": .ints(pads.map { Int64($0) }),
      ]
    }
  }

  @Test(arguments: 1...20) func aConvolutionIsTheSumThatItsDefinitionStates(seed: UInt64) throws {
    let s = Sample(seed: seed)
    let y = try run("Conv", [s.x, s.w], s.attributes)[0]
    let (x, w) = (floats(s.x), floats(s.w))
    var expected: [Float] = []
    let perGroup = s.w.shape[0] / s.groups
    for b in 0..<s.batch {
      for n in 0..<s.w.shape[0] {
        for i in 0..<y.shape[2] {
          for j in 0..<y.shape[3] {
            var sum: Float = 0
            for c in 0..<s.w.shape[1] {
              for k in 0..<s.w.shape[2] {
                for l in 0..<s.w.shape[3] {
                  let row = i * s.strides[0] + k * s.dilations[0] - s.pads[0]
                  let column = j * s.strides[1] + l * s.dilations[1] - s.pads[1]
                  guard 0..<s.x.shape[2] ~= row, 0..<s.x.shape[3] ~= column else { continue }
                  let channel = n / perGroup * s.w.shape[1] + c
                  let weight = w[((n * s.w.shape[1] + c) * s.w.shape[2] + k) * s.w.shape[3] + l]
                  sum += weight * x[((b * s.x.shape[1] + channel) * s.x.shape[2] + row) * s.x.shape[3] + column]
                }
              }
            }
            expected.append(sum)
          }
        }
      }
    }
    #expect(floats(y) == expected, "seed \(seed)")
  }

  @Test(arguments: 1...20) func aTransposedConvolutionIsTheAdjointOfTheConvolution(seed: UInt64) throws {
    let s = Sample(seed: seed)
    let y = try run("Conv", [s.x, s.w], s.attributes)[0]
    var numbers = WholeNumbers(seed: seed ^ 0xabcd)
    let z = numbers.tensor(y.shape)
    var attributes = s.attributes
    attributes["output_shape"] = .ints([Int64(s.x.shape[2]), Int64(s.x.shape[3])])
    attributes["pads"] = nil
    // `output_shape` puts ⌈total/2⌉ before the output: only where the convolution does so too is the window the same.
    for axis in 0..<2 {
      let span = s.dilations[axis] * (s.w.shape[axis + 2] - 1) + 1
      let total = (y.shape[axis + 2] - 1) * s.strides[axis] + span - s.x.shape[axis + 2]
      guard total >= 0, s.pads[axis] == total - total / 2 else { return }
    }
    let back = try run("ConvTranspose", [z, s.w], attributes)[0]
    #expect(product(y, z) == product(s.x, back), "seed \(seed)")
  }

  private func product(_ a: Tensor, _ b: Tensor) -> Float {
    var sum: Float = 0
    for (x, y) in zip(floats(a), floats(b)) { sum += x * y }
    return sum
  }

  @Test func aTransposedConvolutionLeavesOutputsThatNothingMeetsAtTheBias() throws {
    let one = Tensor([1 as Float], shape: [1, 1, 1])
    let y = try run("ConvTranspose", [one, one, Tensor([5 as Float], shape: [1])], ["output_shape": .ints([3])])[0]
    #expect(floats(y) == [6, 5, 5])
  }

  @Test(arguments: [
    ("strides", [Int64.max, 1]), ("dilations", [1, Int64.max]), ("pads", [0, .min, 0, 0]), ("kernel_shape", [3, 3]), ("pads", [0]),
  ])
  func aWindowThatCannotBeIsAnErrorAndNoTrap(name: String, values: [Int64]) {
    let x = Tensor([Float](repeating: 1, count: 16), shape: [1, 1, 4, 4])
    let w = Tensor([Float](repeating: 1, count: 4), shape: [1, 1, 2, 2])
    #expect(throws: (any Error).self) { try run("Conv", [x, w], [name: .ints(values)]) }
  }

  @Test func anEmptyInputGivesAnEmptyOutputOrTheBias() throws {
    let w = Tensor([Float](), shape: [2, 0, 1, 1])
    let y = try run("Conv", [Tensor([Float](), shape: [1, 0, 1, 2]), w, Tensor([3, 4 as Float], shape: [2])])[0]
    #expect(floats(y) == [3, 3, 4, 4])
  }
}
