import CKerfKernels
import KerfGraph

/// What a convolution of levels has besides its shape and epilogue.
struct LevelsOperands: Sendable {
  let input: Levels
  /// `[N, C/g, kh, kw]` signed levels with one scale an output channel.
  let weights: ConstantLevels
  let weightScales: [Float]
}

/// An epilogue in the numbers of the kernels on bytes.
///
/// With sums `S = Σ (x − zₓ)·w` a convolution's output is `sₓ·s_w·S + b`; in levels of the output that is `S·(sₓ·s_w/s_y) + b/s_y + z_y`. The zero
/// point of the input is taken out by what the sums begin with: `−zₓ·Σ w`.
struct LevelsEpilogue: Sendable {
  let scale, bias: [Float]
  let slope: [Float]?
  var residualScale: Float = 1
  var middle: (scale: Float, bias: Float, low: Float, high: Float) = (0, 0, 0, 0)
  var offset: Float = 0
  var low, high: Float
  let toFloat: Bool

  /// As the kernels take it, but for what stands one a column.
  var kernel: kerf_epilogue_u8 {
    var e = kerf_epilogue_u8()
    (e.residual_scale, e.offset, e.low, e.high, e.to_float) = (residualScale, offset, low, high, toFloat ? 1 : 0)
    (e.middle_scale, e.middle_bias, e.middle_low, e.middle_high) = middle
    return e
  }

  init(_ layer: ConvolutionLayer, _ operands: LevelsOperands) {
    let e = layer.epilogue
    let output = e.levels ?? Levels(scale: 1, zero: 0)
    let first = e.middle?.levels ?? output
    let factors = e.scale ?? [Float](repeating: 1, count: e.bias.count)
    scale = zip(operands.weightScales, factors).map { Float(Double(operands.input.scale) * Double($0) * Double($1) / Double(first.scale)) }
    // A slope bends at zero: the zero point comes behind it.
    let bends = e.slope != nil
    var shift = e.middle == nil && !bends ? Double(first.zero) : e.middle.map { Double($0.levels.zero) } ?? 0
    if e.middle == nil, let added = e.residualLevels { shift -= Double(added.zero) * Double(added.scale) / Double(output.scale) }
    bias = e.bias.map { Float(Double($0) / Double(first.scale) + shift) }
    slope = e.slope
    toFloat = e.levels == nil
    offset = bends ? output.zero : 0
    (low, high) = (e.low, e.high)
    if e.levels != nil {
      low = output.bound(e.low)
      high = output.bound(e.high)
    }
    residualScale = e.residualLevels.map { $0.scale / output.scale } ?? 1
    if let middle = e.middle {
      let m = middle.levels
      var after = -Double(m.zero) * Double(m.scale) / Double(output.scale) + (bends ? 0 : Double(output.zero))
      if let added = e.residualLevels { after -= Double(added.zero) * Double(added.scale) / Double(output.scale) }
      self.middle = (m.scale / output.scale, Float(after), m.bound(middle.low), m.bound(middle.high))
    }
  }
}

extension Levels {
  init(scale: Float, zero: Float) { (self.scale, self.zero) = (scale, zero) }
}

/// Packed signed weights with everything that stands one a column beside them, padded to the panels of every group.
final class PackedLevels: Sendable {
  let columns, groups, width: Int
  let panels: [UInt8]
  let panelBytes: FixedBuffer<UInt8>
  let values: FixedBuffer<Int8>
  /// What the sums begin with: `−zₓ·Σ w`.
  let start: FixedBuffer<Int32>
  /// What each kernel row outside the image adds: `zₓ·Σ w` over the row, `[kernel rows][groups · width]`.
  let outside: FixedBuffer<Int32>
  /// Bytes of a column of a group.
  let depth: Int

  /// - Parameter wholeRows: whether the taps of a kernel row are one segment.
  init(_ p: ConvolutionProblem, _ operands: LevelsOperands, wholeRows: Bool, isa: InstructionSet, cache: WeightCache, key: String) {
    let (lanes, columns, groups, channels, taps) = (isa.bytes.pointee.lanes, p.outputsPerGroup, p.groups, p.channelsPerGroup, p.taps)
    (self.columns, self.groups) = (columns, groups)
    let panels = isa.bytePanels(columns: columns)
    self.panels = panels
    let panelBytes = FixedBuffer(panels)
    self.panelBytes = panelBytes
    let width = panels.reduce(0) { $0 + Int($1) } * lanes
    self.width = width
    let perSegment = wholeRows ? p.columns.kernel : 1
    let depth = taps / perSegment * ((perSegment * channels + 3) / 4 * 4)
    self.depth = depth
    let (rows, zero) = (p.rows.kernel, Int32(operands.input.zero))
    // Read where something is to be packed, and then once.
    lazy var signed = {
      let signed = operands.weights.signed
      precondition(signed.count == groups * columns * channels * taps)
      return signed
    }()
    values = cache.values("levels:\(perSegment):\(key)", count: groups * width * depth, dry: Int8(1)) { out in
      // SAFETY: the weights are groups·columns·channels·taps bytes (precondition), the output groups·width·depth.
      signed.withUnsafeBufferPointer { w in
        guard let w = w.baseAddress, let out = out.baseAddress else { return }
        for g in 0..<groups {
          kerf_pack_u8(
            w + g * columns * channels * taps, columns, channels, taps, perSegment, lanes, panelBytes.pointer, panels.count,
            out + g * width * depth)
        }
      }
    }
    let sums = cache.values("level sums:\(rows):\(key)", count: rows * groups * width, dry: Int32(0)) { out in
      out.initialize(repeating: 0)
      // SAFETY: as above; the output is rows·groups·width sums.
      signed.withUnsafeBufferPointer { w in
        guard let w = w.baseAddress, let out = out.baseAddress else { return }
        for g in 0..<groups {
          kerf_sum_rows_s8(w + g * columns * channels * taps, columns, channels, rows, taps / rows, groups * width, out + g * width)
        }
      }
    }
    var start = [Int32](repeating: 0, count: groups * width)
    var outside = [Int32](repeating: 0, count: sums.count)
    for i in outside.indices {
      outside[i] = zero * sums.pointer[i]
      start[i % start.count] -= outside[i]
    }
    self.start = FixedBuffer(start)
    self.outside = FixedBuffer(outside)
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
