/// An interpolating kernel, stretched where a picture is reduced (antialiasing).
///
/// - Reference: R. Keys, Cubic convolution interpolation for digital image processing, IEEE TASSP 1981 (a = −1/2). The order of operations
///   and the rounding are those of Pillow's `Resample.c`, which the reference figures of the field's PyTorch ports go through.
public enum ResampleFilter: String, Sendable, CaseIterable {
  case bilinear
  case bicubic

  /// Half the width of the kernel, in pixels of the coarser of the two pictures.
  var support: Double { self == .bilinear ? 1 : 2 }

  func weight(at distance: Double) -> Double {
    let x = abs(distance)
    switch self {
    case .bilinear: return x < 1 ? 1 - x : 0
    case .bicubic:
      let a = -0.5
      if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
      return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0
    }
  }
}

/// For each pixel of one direction of the result: where its inputs start, and their weights (they sum to 1).
private struct ResamplePlan {
  var starts: [Int] = []
  var weights: [[Double]] = []

  /// With s = input / output and t = max(s, 1), the result's pixel i is centred at c = (i + ½) s and takes
  /// w(j) ∝ k((j + ½ − c) / t) over ⌊c − support·t + ½⌋ ≤ j < ⌊c + support·t + ½⌋ inside the picture.
  init(input: Int, output: Int, filter: ResampleFilter) {
    let scale = Double(input) / Double(output)
    let stretch = max(scale, 1)
    let support = filter.support * stretch
    for index in 0..<output {
      let centre = (Double(index) + 0.5) * scale
      let first = max(Int(centre - support + 0.5), 0)
      let end = min(Int(centre + support + 0.5), input)
      var row = (first..<end).map { filter.weight(at: (Double($0) - centre + 0.5) * (1 / stretch)) }
      let sum = row.reduce(0, +)
      if sum != 0 { row = row.map { $0 / sum } }
      starts.append(first)
      weights.append(row)
    }
  }
}

extension Image {
  /// The picture at another size: horizontally first, then vertically, but the other way round where the picture gets wider and lower (less
  /// to do); a direction that keeps its extent is left alone.
  ///
  /// `.real` pictures: sums in float64, stored in float32 after each direction. `.byte` pictures: weights in 22-bit fixed point, the result
  /// rounded and clipped to 0...255 after each direction. Both, and the order, are those of Pillow 13, bit for bit.
  ///
  /// - Precondition: `newWidth` and `newHeight` are positive.
  /// - Complexity: O(`newWidth` · `height` · w + `newWidth` · `newHeight` · w) with w = 2 · support · max(scale, 1).
  public func resized(width newWidth: Int, height newHeight: Int, filter: ResampleFilter) -> Image {
    precondition(newWidth > 0 && newHeight > 0, "a picture of \(newWidth)×\(newHeight) has no pixels")
    return newWidth > width && newHeight < height
      ? resized(height: newHeight, filter: filter).resized(width: newWidth, filter: filter)
      : resized(width: newWidth, filter: filter).resized(height: newHeight, filter: filter)
  }

  private func resized(width newWidth: Int, filter: ResampleFilter) -> Image {
    guard newWidth != width else { return self }
    let plan = ResamplePlan(input: width, output: newWidth, filter: filter)
    let values = Self.resample(pixels, outer: height, input: width, inner: channels, plan: plan, rounding: precision == .byte)
    return Image(width: newWidth, height: height, channels: channels, precision: precision, pixels: values)
  }

  private func resized(height newHeight: Int, filter: ResampleFilter) -> Image {
    guard newHeight != height else { return self }
    let plan = ResamplePlan(input: height, output: newHeight, filter: filter)
    let values = Self.resample(pixels, outer: 1, input: height, inner: width * channels, plan: plan, rounding: precision == .byte)
    return Image(width: width, height: newHeight, channels: channels, precision: precision, pixels: values)
  }

  /// One direction of `values` seen as `[outer, input, inner]`.
  private static func resample(
    _ values: [Float], outer: Int, input: Int, inner: Int, plan: ResamplePlan, rounding: Bool
  ) -> [Float] {
    let output = plan.starts.count
    var result = [Float](repeating: 0, count: outer * output * inner)
    // 22 bits: 32, less 8 for the sample, less 2 for weights outside 0...1.
    let one = Double(1 << 22)
    for index in 0..<output {
      let start = plan.starts[index]
      let weights = plan.weights[index]
      let fixed = weights.map { Int($0 * one + ($0 < 0 ? -0.5 : 0.5)) }
      for block in 0..<outer {
        let to = (block * output + index) * inner
        for lane in 0..<inner {
          var from = (block * input + start) * inner + lane
          if rounding {
            var sum = 1 << 21
            for weight in fixed {
              sum += weight * Int(values[from])
              from += inner
            }
            result[to + lane] = Float(min(max(sum >> 22, 0), 255))
          } else {
            var sum = 0.0
            for weight in weights {
              sum += weight * Double(values[from])
              from += inner
            }
            result[to + lane] = Float(sum)
          }
        }
      }
    }
    return result
  }
}
