import CKerfKernels
import KerfEngine
import Testing

/// Winograd's minimal filtering of every instruction set against direct convolution in double, every buffer beside a page that may not be touched.
@Suite struct WinogradKernelTests {
  static let sets = InstructionSet.available

  /// Kernel rows and columns, points along the rows and the columns.
  struct Form: CustomTestStringConvertible {
    let rows, columns, rowAlpha, columnAlpha: Int
    var testDescription: String { "\(rows)×\(columns) at \(rowAlpha)×\(columnAlpha) points" }
  }
  static let forms: [Form] =
    [(3, 4), (3, 6), (3, 8), (3, 10), (5, 6), (5, 8), (5, 10), (7, 8), (7, 10)].flatMap { taps, alpha in
      [
        Form(rows: taps, columns: 1, rowAlpha: alpha, columnAlpha: 1),
        Form(rows: 1, columns: taps, rowAlpha: 1, columnAlpha: alpha),
      ]
    }
    + [(3, 3, 4), (3, 3, 6), (3, 3, 8), (5, 5, 6), (5, 5, 8), (7, 7, 8), (3, 5, 8)].map { rows, columns, alpha in
      Form(rows: rows, columns: columns, rowAlpha: alpha, columnAlpha: alpha)
    }

  @Test(arguments: sets, forms)
  func aConvolutionIsRightToTheCutOfItsLastTile(isa: InstructionSet, form: Form) throws {
    for (height, width, channels, n, block, finish) in [
      (1, 1, 1, 1, 1, 0), (7, 10, 16, 32, 100, 0), (9, 7, 5, 17, 4, 1), (3, 13, 35, 50, 7, 2),
    ] {
      for guardedBehind in [true, false] {
        let layer = try #require(
          WinogradLayer(isa, form, height: height, width: width, channels: channels, n: n, finish: finish, guardedBehind: guardedBehind))
        layer.run(block: block)
        layer.expectRight()
      }
    }
  }

  @Test(arguments: sets, forms)
  func theBitsDoNotDependOnTheBlocks(isa: InstructionSet, form: Form) throws {
    let layer = try #require(WinogradLayer(isa, form, height: 13, width: 17, channels: 19, n: 35, finish: 1, guardedBehind: true))
    layer.run(block: 1)
    let first = layer.y.elements
    for block in [2, 5, 1000] {
      layer.run(block: block)
      #expect(layer.y.elements == first, "blocks of \(block) tiles")
    }
  }
}

/// A layer at stride 1 with its size kept: noise in guarded buffers, and the run of the kernel block by block.
private struct WinogradLayer {
  let isa: InstructionSet
  let form: WinogradKernelTests.Form
  let height, width, channels, n: Int
  /// 0: nothing; 1: residual and bounds; 2: residual and slopes.
  let finish: Int
  let x, weights, u, bias, slope, residual, y, zeros: GuardedFloats
  let panels: [UInt8]
  let guardedBehind: Bool

  init?(
    _ isa: InstructionSet, _ form: WinogradKernelTests.Form, height: Int, width: Int, channels: Int, n: Int, finish: Int,
    guardedBehind: Bool
  ) {
    var noise = Noise(seed: UInt64(height * 1000 + width * 100 + channels * 10 + n))
    let lanes = isa.kernels.pointee.lanes
    let panels = isa.panels(columns: n)
    let padded = panels.reduce(0) { $0 + Int($1) } * lanes
    let w = noise.floats(n * channels * form.rows * form.columns)
    guard let x = GuardedFloats(noise.floats(height * width * channels), guardedBehind: guardedBehind),
      let weights = GuardedFloats(w, guardedBehind: guardedBehind),
      let u = GuardedFloats(form.rowAlpha * form.columnAlpha * channels * padded, guardedBehind: guardedBehind),
      let bias = GuardedFloats(noise.floats(n) + [Float](repeating: 0, count: padded - n)),
      let slope = GuardedFloats([Float](repeating: 0.25, count: padded)),
      let residual = GuardedFloats(noise.floats(height * width * n), guardedBehind: guardedBehind),
      let y = GuardedFloats(height * width * n, guardedBehind: guardedBehind),
      let zeros = GuardedFloats([Float](repeating: 0, count: (channels + 15) / 16 * 16))
    else { return nil }
    kerf_pack_winograd_f32(
      weights.pointer, n, channels, form.rows, form.columns, form.rowAlpha, form.columnAlpha, lanes, panels, panels.count, nil, u.pointer)
    (self.isa, self.form, self.panels, self.guardedBehind) = (isa, form, panels, guardedBehind)
    (self.height, self.width, self.channels, self.n, self.finish) = (height, width, channels, n, finish)
    (self.x, self.weights, self.u, self.bias) = (x, weights, u, bias)
    (self.slope, self.residual, self.y, self.zeros) = (slope, residual, y, zeros)
  }

  func run(block: Int) {
    let (rowOutputs, columnOutputs) = (form.rowAlpha - form.rows + 1, form.columnAlpha - form.columns + 1)
    let tileColumns = (width + columnOutputs - 1) / columnOutputs
    let tiles = (height + rowOutputs - 1) / rowOutputs * tileColumns
    panels.withUnsafeBufferPointer { panels in
      var g = kerf_winograd_f32()
      (g.row_alpha, g.column_alpha, g.row_outputs, g.column_outputs) = (form.rowAlpha, form.columnAlpha, rowOutputs, columnOutputs)
      g.tile_columns = tileColumns
      g.x = UnsafePointer(x.pointer)
      (g.x_row, g.x_column, g.height, g.width) = (width * channels, channels, height, width)
      (g.top, g.left, g.channels) = (form.rows / 2, form.columns / 2, channels)
      g.zeros = UnsafePointer(zeros.pointer)
      g.u = UnsafePointer(u.pointer)
      (g.panels, g.panel_count, g.n) = (panels.baseAddress, panels.count, n)
      g.c = y.pointer
      (g.c_row, g.c_column, g.out_height, g.out_width) = (width * n, n, height, width)
      g.epilogue.bias = UnsafePointer(bias.pointer)
      (g.epilogue.low, g.epilogue.high) = finish == 1 ? (-1.5, 2.5) : (-.infinity, .infinity)
      if finish > 0 {
        g.epilogue.residual = UnsafePointer(residual.pointer)
        (g.epilogue.residual_step, g.residual_row) = (n, width * n)
      }
      if finish == 2 { g.epilogue.slope = UnsafePointer(slope.pointer) }
      for first in stride(from: 0, to: tiles, by: block) {
        (g.first, g.count) = (first, min(block, tiles - first))
        let floats = kerf_winograd_scratch(isa.kernels, form.rowAlpha * form.columnAlpha, g.count, channels)
        guard let scratch = GuardedFloats(floats, guardedBehind: guardedBehind) else { return }
        g.scratch = scratch.pointer
        isa.kernels.pointee.winograd(&g)
      }
    }
  }

  func expectRight() {
    let bound = WinogradBound(
      rows: WinogradBound.Axis(alpha: form.rowAlpha, taps: form.rows),
      columns: WinogradBound.Axis(alpha: form.columnAlpha, taps: form.columns))
    func pixel(_ i: Int, _ j: Int, _ c: Int) -> Double {
      i < 0 || i >= height || j < 0 || j >= width ? 0 : Double(x.pointer[(i * width + j) * channels + c])
    }
    let found = y.elements
    for o in stride(from: 0, to: n, by: max(1, n / 7)) {
      func weight(_ c: Int, _ i: Int, _ j: Int) -> Double {
        Double(weights.pointer[((o * channels + c) * form.rows + i) * form.columns + j])
      }
      for p in stride(from: 0, to: height, by: bound.rows.outputs) {
        for q in stride(from: 0, to: width, by: bound.columns.outputs) {
          let (top, left) = (p - form.rows / 2, q - form.columns / 2)
          let tolerance = bound.ofTile(channels: channels, pixel: { pixel(top + $0, left + $1, $2) }, weight: weight)
          for i in p..<min(p + bound.rows.outputs, height) {
            for j in q..<min(q + bound.columns.outputs, width) {
              var sum = Double(bias.pointer[o]) + (finish > 0 ? Double(residual.pointer[(i * width + j) * n + o]) : 0)
              for c in 0..<channels {
                for s in 0..<form.rows {
                  for t in 0..<form.columns { sum += pixel(i - form.rows / 2 + s, j - form.columns / 2 + t, c) * weight(c, s, t) }
                }
              }
              let wanted = finish == 1 ? min(max(sum, -1.5), 2.5) : finish == 2 && sum < 0 ? sum * 0.25 : sum
              #expect(
                abs(Double(found[(i * width + j) * n + o]) - wanted) <= tolerance[i - p][j - q],
                "\(height)×\(width)×\(channels) to \(n), row \(i), column \(j), channel \(o)")
            }
          }
        }
      }
    }
  }
}
