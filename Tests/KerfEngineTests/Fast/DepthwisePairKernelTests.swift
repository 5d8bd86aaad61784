import CKerfKernels
import KerfEngine
import Testing

/// Two depthwise factors in registers against sums in double, every buffer beside a page that may not be touched.
@Suite struct DepthwisePairKernelTests {
  static let sets = InstructionSet.available

  @Test(arguments: sets, [(1, 3), (3, 3), (5, 5), (3, 7), (7, 5)])
  func aPairOfFactorsIsRightToTheBorders(isa: InstructionSet, kernel: (rows: Int, columns: Int)) throws {
    for (height, width, channels, finish) in [(1, 1, 1, 0), (4, 9, 16, 0), (3, 23, 21, 1), (5, 8, 48, 2), (2, 2, 5, 2)] {
      for guardedBehind in [true, false] {
        var noise = Noise(seed: UInt64(width * 100 + channels))
        let x = try #require(GuardedFloats(noise.floats(height * width * channels), guardedBehind: guardedBehind))
        let v = try #require(GuardedFloats(noise.floats(kernel.rows * channels), guardedBehind: guardedBehind))
        let h = try #require(GuardedFloats(noise.floats(kernel.columns * channels), guardedBehind: guardedBehind))
        let bias = try #require(GuardedFloats(noise.floats(channels)))
        let slope = try #require(GuardedFloats(noise.floats(channels)))
        let residual = try #require(GuardedFloats(noise.floats(width * channels), guardedBehind: guardedBehind))
        let y = try #require(GuardedFloats(width * channels, guardedBehind: guardedBehind))
        let (top, left) = (kernel.rows / 2, kernel.columns / 2)
        for row in 0..<height {
          var g = kerf_depthwise_pair_f32()
          (g.columns, g.channels, g.width, g.left) = (width, channels, width, left)
          g.a = UnsafePointer(x.pointer) + (row - top) * width * channels
          (g.a_row, g.a_column) = (width * channels, channels)
          (g.kernel_rows, g.kernel_columns) = kernel
          (g.first_row, g.last_row) = (max(0, top - row), min(kernel.rows, height + top - row))
          (g.v, g.h, g.w_step) = (UnsafePointer(v.pointer), UnsafePointer(h.pointer), channels)
          (g.c, g.c_column) = (y.pointer, channels)
          g.epilogue.bias = UnsafePointer(bias.pointer)
          (g.epilogue.low, g.epilogue.high) = finish == 1 ? (-0.5, 1) : (-.infinity, .infinity)
          if finish > 0 { (g.epilogue.residual, g.epilogue.residual_step) = (UnsafePointer(residual.pointer), channels) }
          if finish == 2 { g.epilogue.slope = UnsafePointer(slope.pointer) }
          isa.kernels.pointee.depthwise_pair(&g)
          let found = y.elements
          for j in 0..<width {
            for c in 0..<channels {
              var sum = 0.0
              var size = 2.0
              for t in 0..<kernel.rows {
                for u in 0..<kernel.columns {
                  let (i, q) = (row - top + t, j + u - left)
                  guard i >= 0, i < height, q >= 0, q < width else { continue }
                  let term =
                    Double(x.pointer[(i * width + q) * channels + c]) * Double(v.pointer[t * channels + c])
                    * Double(h.pointer[u * channels + c])
                  sum += term
                  size += abs(term)
                }
              }
              sum += Double(bias.pointer[c]) + (finish > 0 ? Double(residual.pointer[j * channels + c]) : 0)
              let wanted = finish == 1 ? min(max(sum, -0.5), 1) : finish == 2 && sum < 0 ? sum * Double(slope.pointer[c]) : sum
              // A product of three rounds once a factor and once a term of either sum, the epilogue three times.
              let tolerance = Double(kernel.rows + kernel.columns + 3) * 0x1p-24 * size
              #expect(
                abs(Double(found[j * channels + c]) - wanted) <= tolerance,
                "\(height)×\(width)×\(channels), row \(row), column \(j), channel \(c)")
            }
          }
        }
      }
    }
  }
}
