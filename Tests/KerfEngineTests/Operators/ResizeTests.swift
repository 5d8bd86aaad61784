import KerfEngine
import KerfGraph
import Testing

@Suite struct ResizeTests {
  private func word(_ text: String) -> Attribute.Value { .string(Array(text.utf8)) }
  private func row(_ elements: Float...) -> Tensor { Tensor(elements, shape: [1, 1, 1, elements.count]) }
  private func scales(_ last: Float) -> Tensor { Tensor([1, 1, 1, last], shape: [4]) }

  @Test func beforeOpset11NearestRoundsUpWhenShrinkingAndDownWhenEnlarging() throws {
    let x = row(1, 2, 3, 4)
    #expect(floats(try run("Resize", opset: 10, [x, scales(0.6)])[0]) == [1, 3])
    #expect(floats(try run("Upsample", opset: 9, [row(1, 2), scales(1.5)])[0]) == [1, 1, 2])
    #expect(floats(try run("Upsample", opset: 7, [row(1, 2)], ["scales": .floats([1, 1, 1, 2])])[0]) == [1, 1, 2, 2])
  }

  @Test func coordinatesDifferByTheirTransformation() throws {
    func linear(_ mode: String) throws -> [Float] {
      let attributes = ["mode": word("linear"), "coordinate_transformation_mode": word(mode)]
      return floats(try run("Resize", [row(0, 4), nil, scales(2)], attributes)[0])
    }
    #expect(try linear("half_pixel") == [0, 1, 3, 4])
    #expect(try linear("asymmetric") == [0, 2, 4, 4])
    #expect(try linear("align_corners") == [0, 4 * (1.0 / 3), 4 * (2.0 / 3), 4].map { Float($0) })
  }

  @Test func aRegionBeyondTheInputIsFilledWithTheExtrapolationValue() throws {
    let roi = Tensor([0, 0, 0, 0, 1, 1, 1, 2 as Float], shape: [8])
    let y = try run(
      "Resize", [row(5, 6, 7), roi, nil, Tensor([1, 1, 1, 5 as Int64], shape: [4])],
      ["coordinate_transformation_mode": word("tf_crop_and_resize"), "extrapolation_value": .float(-1)])[0]
    #expect(floats(y) == [5, 6, 7, -1, -1])
  }

  @Test func aConstantStaysConstantUnderEveryInterpolation() throws {
    let x = Tensor([Float](repeating: 3, count: 35), shape: [1, 1, 5, 7])
    for mode in ["nearest", "linear", "cubic"] {
      for antialias in [0, 1] where mode != "nearest" || antialias == 0 {
        for scale in [0.3, 0.5, 1.7, 4] as [Float] {
          let attributes = ["mode": word(mode), "antialias": .int(Int64(antialias))]
          let y = try run("Resize", opset: 18, [x, nil, Tensor([1, 1, scale, scale], shape: [4])], attributes)[0]
          #expect(floats(y).allSatisfy { abs($0 - 3) < 1e-5 }, "\(mode), antialias \(antialias), scale \(scale)")
        }
      }
    }
  }

  @Test func nearestCopiesEveryType() throws {
    let x = Tensor([.max, .min] as [Int64], shape: [1, 1, 1, 2])
    #expect(try run("Resize", [x, nil, scales(2)])[0].integers() == [.max, .max, .min, .min])
  }

  @Test func sizesOfOtherAxesMayKeepTheAspectRatio() throws {
    let x = Tensor([Float](repeating: 1, count: 8), shape: [1, 1, 2, 4])
    let sizes = Tensor([7, 8 as Int64], shape: [2])
    func shape(_ policy: String) throws -> [Int] {
      try run("Resize", opset: 18, [x, nil, nil, sizes], ["axes": .ints([2, 3]), "keep_aspect_ratio_policy": word(policy)])[0].shape
    }
    #expect(try shape("not_larger") == [1, 1, 4, 8])
    #expect(try shape("not_smaller") == [1, 1, 7, 14])
  }
}
