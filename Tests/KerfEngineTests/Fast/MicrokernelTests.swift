import CKerfKernels
import Foundation
import KerfEngine
import Testing

/// Every microkernel of every instruction set of this machine against sums in double, every buffer ending at a page that may not be touched.
@Suite struct MicrokernelTests {
  static let sets = InstructionSet.available

  @Test(arguments: sets, [(1, 1), (3, 16), (14, 32), (5, 7), (9, 48), (29, 33), (15, 80), (2, 100)])
  func aProductOfPackedPanelsIsRightToTheLastColumn(isa: InstructionSet, extents: (m: Int, n: Int)) throws {
    for depth in [1, 3, 16, 37] {
      for guardedBehind in [true, false] {
        var noise = Noise(seed: UInt64(extents.m * 1000 + extents.n * 10 + depth))
        let (m, n) = extents
        let a = noise.floats(m * depth)
        let w = noise.floats(n * depth)
        let bias = noise.floats(n)
        let residual = noise.floats(m * n)
        let packed = PackedPanels(w, n: n, depth: depth, isa: isa)
        let guardedA = try #require(GuardedFloats(a, guardedBehind: guardedBehind))
        let guardedB = try #require(GuardedFloats(packed.values, guardedBehind: guardedBehind))
        let guardedBias = try #require(GuardedFloats(bias + [Float](repeating: 0, count: packed.width - n)))
        let guardedResidual = try #require(GuardedFloats(residual))
        let y = try #require(GuardedFloats(m * n, guardedBehind: guardedBehind))
        packed.widths.withUnsafeBufferPointer { widths in
          withUnsafePointer(to: 0) { offset in
            var g = kerf_gemm_f32()
            g.rows = 1
            g.columns = m
            g.a = UnsafePointer(guardedA.pointer)
            g.a_column = depth
            g.offsets = offset
            g.kernel_rows = 1
            g.segments = 1
            g.segment_length = depth
            g.stride = 1
            g.dilation = 1
            g.height = 1
            g.b = UnsafePointer(guardedB.pointer)
            g.panels = widths.baseAddress
            g.panel_count = widths.count
            g.n = n
            g.c = y.pointer
            g.c_column = n
            g.epilogue.bias = UnsafePointer(guardedBias.pointer)
            g.epilogue.residual = UnsafePointer(guardedResidual.pointer)
            g.epilogue.residual_step = n
            g.epilogue.low = -0.75
            g.epilogue.high = 1.5
            isa.kernels.pointee.gemm(&g)
          }
        }
        let found = y.elements
        for i in 0..<m {
          for j in 0..<n {
            var sum = Double(bias[j]) + Double(residual[i * n + j])
            var size = Double(abs(bias[j]) + abs(residual[i * n + j]))
            for k in 0..<depth {
              sum += Double(a[i * depth + k]) * Double(w[j * depth + k])
              size += abs(Double(a[i * depth + k]) * Double(w[j * depth + k]))
            }
            let wanted = min(max(sum, -0.75), 1.5)
            // Each of depth + 2 roundings adds at most half a unit of the running sum.
            #expect(abs(Double(found[i * n + j]) - wanted) <= Double(depth + 3) * 0x1p-24 * size, "row \(i), column \(j), depth \(depth)")
          }
        }
      }
    }
  }

  @Test(arguments: sets, [1, 3, 8, 16, 21, 50])
  func elementwiseKernelsTouchNothingOutside(isa: InstructionSet, count: Int) throws {
    var noise = Noise(seed: UInt64(count))
    let a = noise.floats(count)
    let b = noise.floats(count)
    for guardedBehind in [true, false] {
      let x = try #require(GuardedFloats(a, guardedBehind: guardedBehind))
      let z = try #require(GuardedFloats(b, guardedBehind: guardedBehind))
      let y = try #require(GuardedFloats(count, guardedBehind: guardedBehind))
      isa.kernels.pointee.binary(KERF_SUB, 1, count, x.pointer, 0, 1, z.pointer, 0, 1, y.pointer, 0)
      #expect(y.elements == zip(a, b).map { $0 - $1 })
      isa.kernels.pointee.binary(KERF_MUL, 1, count, x.pointer, 0, 1, z.pointer, 0, 0, y.pointer, 0)
      #expect(y.elements == a.map { $0 * b[0] })
      isa.kernels.pointee.unary(KERF_LEAKY, count, x.pointer, y.pointer, 0.25, 0)
      #expect(y.elements == a.map { $0 < 0 ? $0 * 0.25 : $0 })
      isa.kernels.pointee.affine(1, count, x.pointer, count, z.pointer, z.pointer, nil, y.pointer, count)
      for (found, (p, q)) in zip(y.elements, zip(a, b)) { #expect(abs(found - (p * q + q)) <= 0x1p-22) }
      isa.kernels.pointee.transpose(1, count, x.pointer, count, y.pointer, 1)
      #expect(y.elements == a)
    }
  }

  @Test(arguments: sets)
  func exponentialsAreRightToAFewUnits(isa: InstructionSet) throws {
    let x: [Float] = (-200...200).map { Float($0) * 0.45 } + [0, -0.0, 1e-8, -1e-8, 88.7, -103, .infinity, -.infinity, .nan]
    var y = x
    let count = x.count
    isa.kernels.pointee.unary(KERF_EXP, count, x, &y, 0, 0)
    for (x, y) in zip(x, y) {
      let wanted = Float(exp(Double(x)))
      if wanted.isNaN {
        #expect(y.isNaN)
      } else if wanted.isInfinite {
        #expect(y == wanted)
      } else {
        #expect(abs(Double(y) - Double(wanted)) <= max(4e-7 * Double(wanted), 2e-45), "e^\(x)")
      }
    }
    isa.kernels.pointee.unary(KERF_TANH, count, x, &y, 0, 0)
    for (x, y) in zip(x, y) where !x.isNaN {
      let e = exp(-2 * Double(abs(x)))
      let wanted = (x < 0 ? -1 : 1) * (abs(x) < 1e-3 ? Double(abs(x)) : (1 - e) / (1 + e))
      #expect(abs(Double(y) - wanted) <= 3e-7 * abs(wanted), "tanh \(x)")
    }
    isa.kernels.pointee.unary(KERF_CLAMP, count, x, &y, 0, 6)
    for (x, y) in zip(x, y) { #expect(x.isNaN ? y.isNaN : y == min(max(x, 0), 6)) }
  }
}

/// A matrix packed as the kernels read it.
struct PackedPanels {
  let widths: [UInt8]
  let width: Int
  let values: [Float]

  init(_ w: [Float], n: Int, depth: Int, isa: InstructionSet) {
    let lanes = isa.kernels.pointee.lanes
    let widths = isa.panels(columns: n)
    let width = widths.reduce(0) { $0 + Int($1) } * lanes
    var out = [Float](repeating: 0, count: width * depth)
    kerf_pack_f32(w, n, depth, 1, lanes, widths, widths.count, nil, &out)
    (self.widths, self.width, values) = (widths, width, out)
  }
}
