import CKerfKernels

/// What the GEMM executions prepare alike: packed weights, padded bias and slopes, and how work is cut into tasks.
struct GemmOperands: Sendable {
  let weights: PackedWeights
  let bias: FixedBuffer<Float>
  let slope: FixedBuffer<Float>?
  let low, high: Float

  init(
    _ values: @autoclosure () -> [Float], columns: Int, channels: Int, taps: Int, groups: Int, key: String, _ epilogue: FusedEpilogue,
    isa: InstructionSet,
    cache: WeightCache
  ) {
    self.init(
      epilogue,
      weights: cache.object("panels:\(isa.name):\(key)") {
        PackedWeights(
          values(), columns: columns, channels: channels, taps: taps, groups: groups, scale: epilogue.scale, isa: isa, in: cache, key: key)
      })
  }

  init(_ epilogue: FusedEpilogue, weights: PackedWeights) {
    self.weights = weights
    bias = weights.padded(epilogue.bias)
    slope = epilogue.slope.map(weights.padded)
    (low, high) = (epilogue.low, epilogue.high)
  }

  /// The kernel's argument for the panels `range` of a group, everything but the geometry filled in.
  func block(group: Int, panels range: Range<Int>, isa: InstructionSet) -> kerf_gemm_f32 {
    let before = weights.panels[..<range.lowerBound].reduce(0) { $0 + Int($1) } * isa.lanes
    let column = group * weights.width + before
    var block = kerf_gemm_f32()
    block.b = weights.values.pointer + column * weights.depth
    block.panels = weights.panelBytes.pointer + range.lowerBound
    block.panel_count = range.count
    block.n = weights.columns - before
    if range.upperBound < weights.panels.count {
      block.n = weights.panels[range].reduce(0) { $0 + Int($1) } * isa.lanes
    }
    block.epilogue.bias = bias.pointer + column
    block.epilogue.slope = slope.map { $0.pointer + column }
    block.epilogue.low = low
    block.epilogue.high = high
    return block
  }

  /// First output channel, within its group, of a panel.
  func firstColumn(_ panel: Int, isa: InstructionSet) -> Int { weights.panels[..<panel].reduce(0) { $0 + Int($1) } * isa.lanes }

  /// Ranges of panels that are tasks of their own: one range where there are pixels enough to share, else several.
  ///
  /// Depends on the shape alone, never on the number of threads.
  func panelRanges(pixelTasks: Int, macsPerTask: Int) -> [Range<Int>] {
    let count = weights.panels.count
    let wanted = pixelTasks >= 8 ? 1 : max(1, min(count, macsPerTask / 500_000, 8 / pixelTasks))
    return (0..<wanted).map { $0 * count / wanted..<($0 + 1) * count / wanted }
  }
}
