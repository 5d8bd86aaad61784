import CKerfKernels

/// A weight matrix in panels, as the GEMM microkernels read it, with bias and slopes padded to the panels' width.
package final class PackedWeights: Sendable {
  /// Output channels of one group, and of all.
  let columns: Int
  let groups: Int
  let panels: [UInt8]
  let panelBytes: FixedBuffer<UInt8>
  /// Columns of one group's panels together.
  let width: Int
  /// Floats of one column: `taps · channels`.
  let depth: Int
  /// Panels of the groups, one group after another.
  let values: FixedBuffer<Float>

  /// Packs `w [groups · columns][channels][taps]`, each row times its `scale`.
  /// - Parameters:
  ///   - w: evaluated only where the cache has no floats under the key.
  ///   - key: what the weights are packed from; this packing's name is put before it.
  init(
    _ w: @autoclosure () -> [Float], columns: Int, channels: Int, taps: Int, groups: Int, scale: [Float]?, isa: InstructionSet,
    in cache: WeightCache = WeightCache(), key: String = ""
  ) {
    precondition(scale.map { $0.count == groups * columns } ?? true)
    let panels = isa.panels(columns: columns)
    let width = panels.reduce(0) { $0 + Int($1) } * isa.lanes
    let depth = channels * taps
    self.columns = columns
    self.groups = groups
    self.panels = panels
    self.width = width
    self.depth = depth
    panelBytes = FixedBuffer(panels)
    let bytes = panelBytes
    values = cache.floats("panels:\(key)", count: groups * width * depth) { out in
      let w = w()
      precondition(w.count == groups * columns * channels * taps)
      // SAFETY: `w` holds groups·columns·depth floats and `scale` groups·columns (precondition); `out` has groups·width·depth.
      w.withUnsafeBufferPointer { w in
        guard let w = w.baseAddress, let out = out.baseAddress else { return }
        func pack(_ scale: UnsafePointer<Float>?) {
          for g in 0..<groups {
            kerf_pack_f32(
              w + g * columns * depth, columns, channels, taps, isa.lanes, bytes.pointer, panels.count,
              scale.map { $0 + g * columns }, out + g * width * depth)
          }
        }
        if let scale { scale.withUnsafeBufferPointer { pack($0.baseAddress) } } else { pack(nil) }
      }
    }
  }

  /// Packs `w [groups · columns][channels][taps]`, each row times its `scale`, as pairs of bfloat16 values: `values` holds a pair in the place of a
  /// float, `[panel][taps][⌈channels/2⌉][width]`.
  init(
    bfloat16 w: @autoclosure () -> [Float], columns: Int, channels: Int, taps: Int, groups: Int, scale: [Float]?, isa: InstructionSet,
    in cache: WeightCache = WeightCache(), key: String = ""
  ) {
    precondition(scale.map { $0.count == groups * columns } ?? true)
    (self.columns, self.groups, panels) = (columns, groups, isa.panels(columns: columns))
    let width = panels.reduce(0) { $0 + Int($1) } * isa.lanes
    let pairs = (channels + 1) / 2 * taps
    (self.width, depth) = (width, pairs)
    let bytes = FixedBuffer(panels)
    panelBytes = bytes
    // Two values of about 0.01.
    values = cache.values("bf16:\(key)", count: groups * width * pairs, dry: Float(bitPattern: 0x3c24_3c24)) { out in
      let w = w()
      precondition(w.count == groups * columns * channels * taps)
      // SAFETY: `w` holds groups·columns·channels·taps floats and `scale` groups·columns (precondition); `out` has room for groups·width·pairs pairs.
      w.withUnsafeBufferPointer { w in
        guard let w = w.baseAddress, let out = out.baseAddress else { return }
        func pack(_ scale: UnsafePointer<Float>?) {
          for g in 0..<groups {
            UnsafeMutableRawPointer(out + g * width * pairs).withMemoryRebound(to: UInt16.self, capacity: 2 * width * pairs) {
              kerf_pack_bf16(
                w + g * columns * channels * taps, columns, channels, taps, isa.lanes, bytes.pointer, bytes.count,
                scale.map { $0 + g * columns }, $0)
            }
          }
        }
        if let scale { scale.withUnsafeBufferPointer { pack($0.baseAddress) } } else { pack(nil) }
      }
    }
  }

  /// `w [columns][channels][kh·kw]` transformed for Winograd's filtering: `[panel][rowAlpha·columnAlpha][channels][width]`.
  init(
    winograd w: @autoclosure () -> [Float], columns: Int, channels: Int, kernel: (rows: Int, columns: Int),
    alpha: (rows: Int, columns: Int),
    scale: [Float]?, isa: InstructionSet, in cache: WeightCache = WeightCache(), key: String = ""
  ) {
    precondition(scale.map { $0.count == columns } ?? true)
    (self.columns, groups, panels) = (columns, 1, isa.panels(columns: columns))
    let width = panels.reduce(0) { $0 + Int($1) } * isa.lanes
    (self.width, depth) = (width, channels * alpha.rows * alpha.columns)
    let bytes = FixedBuffer(panels)
    panelBytes = bytes
    values = cache.floats("winograd:\(alpha.rows)x\(alpha.columns):\(key)", count: width * depth) { out in
      let w = w()
      precondition(w.count == columns * channels * kernel.rows * kernel.columns)
      // SAFETY: `w` and `scale` hold as many floats as the kernel reads (precondition), `out` width·depth.
      w.withUnsafeBufferPointer { w in
        guard let w = w.baseAddress, let out = out.baseAddress else { return }
        func pack(_ scale: UnsafePointer<Float>?) {
          kerf_pack_winograd_f32(
            w, columns, channels, kernel.rows, kernel.columns, alpha.rows, alpha.columns, isa.lanes, bytes.pointer, bytes.count, scale, out)
        }
        if let scale { scale.withUnsafeBufferPointer { pack($0.baseAddress) } } else { pack(nil) }
      }
    }
  }

  /// Spectra of `w [columns][channels][kh·kw]` for windows of the Fourier transform: `[panel][points][channels][width]`.
  init(
    fourier w: @autoclosure () -> [Float], columns: Int, channels: Int, shape: StageShape, tiles: Tiles, scale: [Float]?,
    isa: InstructionSet,
    in cache: WeightCache, key: String
  ) {
    precondition(scale.map { $0.count == columns } ?? true)
    (self.columns, groups, panels) = (columns, 1, isa.panels(columns: columns))
    let width = panels.reduce(0) { $0 + Int($1) } * isa.lanes
    (self.width, depth) = (width, channels * tiles.points)
    let bytes = FixedBuffer(panels)
    panelBytes = bytes
    var kernel = kerf_fft_kernel(
      rows: shape.rows.kernel, columns: shape.columns.kernel, row_dilation: shape.rows.dilation, column_dilation: shape.columns.dilation,
      row_size: tiles.rowAlpha, column_size: tiles.columnAlpha)
    let dilation = "d\(shape.rows.dilation)x\(shape.columns.dilation)"
    values = cache.floats("fft:\(tiles.rowAlpha)x\(tiles.columnAlpha)\(dilation):\(key)", count: width * depth) { out in
      let w = w()
      precondition(w.count == columns * channels * shape.rows.kernel * shape.columns.kernel)
      // SAFETY: `w` and `scale` hold as many floats as the kernel reads (preconditions), `out` width·depth.
      w.withUnsafeBufferPointer { w in
        guard let w = w.baseAddress, let out = out.baseAddress else { return }
        func pack(_ scale: UnsafePointer<Float>?) {
          kerf_pack_fft_f32(w, columns, channels, &kernel, isa.lanes, bytes.pointer, bytes.count, scale, out)
        }
        if let scale { scale.withUnsafeBufferPointer { pack($0.baseAddress) } } else { pack(nil) }
      }
    }
  }

  /// `w [columns][channels][taps]` as rows `[columns][taps][channels]`, as the kernel for a few output channels reads it.
  init(
    rows w: @autoclosure () -> [Float], columns: Int, channels: Int, taps: Int, scale: [Float]?, in cache: WeightCache = WeightCache(),
    key: String = ""
  ) {
    (self.columns, groups, panels, width, depth) = (columns, 1, [1], columns, channels * taps)
    panelBytes = FixedBuffer([1])
    values = cache.floats("rows:\(key)", count: columns * channels * taps) { out in
      let w = w()
      precondition(w.count == columns * channels * taps)
      // SAFETY: `out` has room for columns·taps·channels floats.
      for n in 0..<columns {
        for c in 0..<channels {
          for t in 0..<taps { out[(n * taps + t) * channels + c] = w[(n * channels + c) * taps + t] * (scale?[n] ?? 1) }
        }
      }
    }
  }

  /// One value a column, padded with zeros to the panels of every group.
  func padded(_ values: [Float]) -> FixedBuffer<Float> {
    var out = [Float](repeating: 0, count: groups * width)
    for g in 0..<groups {
      for j in 0..<columns { out[g * width + j] = values[g * columns + j] }
    }
    return FixedBuffer(out)
  }
}
