import CKerfKernels

/// Stages run one after another on blocks of rows, so that what lies between them never leaves the caches.
///
/// A task is a range of output rows of one image: it walks down block by block, every stage making the rows that the next one needs and keeping
/// those that it will read again. Tasks that begin inside an image make the rows at their seam anew.
struct Pipeline: StepWork {
  private let stages: [any RowStage]
  private let residuals: [Place?]
  private let input, output: Place
  private let batch: Int
  private let schedules: [RowSchedule]
  private let parts: [Range<Int>]
  /// What each stage but the last writes to: bytes of a row with the margins of the stage behind it, rows, offset in the scratch memory in floats.
  private let rings: [(pitch: Int, rows: Int, offset: Int)]
  private let stageScratch: Int
  /// Whether a stage that copies was put in front.
  private let copies: Bool
  let scratch: Int

  /// - Parameters:
  ///   - residuals: what is added in each stage, of the shape of its whole output.
  ///   - threads: only the cut of the work depends on it, not the result.
  init(_ given: [any RowStage], residuals: [Place?], input: Place, output: Place, batch: Int, threads: Int) {
    var (all, residuals) = (given, residuals)
    copies = all.first.map { $0.margins != (0, 0) } ?? false
    if let first = all.first, copies {
      let shape = StageShape.identity(channels: first.shape.channels, height: first.shape.height, width: first.shape.width)
      all.insert(CopyStage(shape: shape, element: first.elements.input), at: 0)
      residuals.insert(nil, at: 0)
    }
    let cut = PipelineCut(all, batch: batch, threads: threads)
    let schedules = cut.tasks.map { RowSchedule(all, rows: $0, height: cut.blockRows) }
    parts = cut.parts
    var offset = 0
    rings = all.indices.dropLast().map { s in
      let rows = schedules.reduce(0) { max($0, $1.extent(s).held) }
      let ring = (pitch: PipelineCut.pitch(all, s), rows: rows, offset: offset)
      // A line behind the last row, so that the next buffer does not begin at the same place of a page.
      offset += (ring.pitch * rows + 63) / 64 * 16 + 16
      return ring
    }
    stageScratch = offset
    scratch =
      offset
      + (all.indices.map { s in all[s].scratch(rows: schedules.reduce(0) { max($0, $1.extent(s).made) }) }.max() ?? 0)
    (stages, self.residuals, self.schedules) = (all, residuals, schedules)
    (self.input, self.output, self.batch) = (input, output, batch)
  }

  func run(_ frame: Frame) {
    if stages.isEmpty { return }
    let x = frame.readBytes(input)
    let y = frame.writeBytes(output)
    let (from, to) = (input.byteSteps, output.byteSteps)
    let added = residuals.map { $0.map { (origin: frame.readBytes($0), steps: $0.byteSteps) } }
    frame.parallel(batch * schedules.count * parts.count) { task, scratch in
      let part = parts[task % parts.count]
      let image = task / parts.count / schedules.count
      // SAFETY: `x`, `y` and what is added hold `batch` images of the extents that the stages state, at the steps of their places; the rings lie
      // one behind another in the thread's scratch memory, sized for the rows that the schedule holds.
      let source = RowView(origin: x + image * from.image, row: from.row, pixel: from.pixel)
      let target = RowView(origin: y + image * to.image, row: to.row, pixel: to.pixel)
      for (s, ring) in rings.enumerated() where stages[s + 1].margins != (0, 0) {
        clearMargins(ring, stages[s + 1], UnsafeMutableRawPointer(scratch + ring.offset))
      }
      var held = [Int](repeating: 0, count: rings.count)
      var spent = [Double](repeating: 0, count: frame.clock == nil ? 0 : stages.count)
      for block in schedules[task / parts.count % schedules.count].blocks {
        if frame.isCancelled { return }
        var from = source
        for (s, entry) in block.enumerated() {
          let shape = stages[s].shape
          let residual = added[s].map { RowView(origin: $0.origin + image * $0.steps.image, row: $0.steps.row, pixel: $0.steps.pixel) }
          var to = target
          if s < rings.count {
            let (ring, memory) = (rings[s], UnsafeMutableRawPointer(scratch + rings[s].offset))
            if entry.kept.lowerBound > held[s], !entry.kept.isEmpty {
              memory.copyMemory(from: memory + (entry.kept.lowerBound - held[s]) * ring.pitch, byteCount: entry.kept.count * ring.pitch)
            }
            held[s] = entry.kept.lowerBound
            let pixel = shape.outputs * stages[s].elements.output
            to = RowView(origin: memory + (stages[s + 1].margins.before * pixel - held[s] * ring.pitch), row: ring.pitch, pixel: pixel)
          }
          if !entry.made.isEmpty {
            let views = StageViews(
              source: from, target: to, residual: residual, isa: frame.isa,
              targetIsFar: s == rings.count && output.count * output.layout.elementBytes > 2 << 20)
            let panels = s == rings.count ? part : 0..<stages[s].panels
            let before = frame.clock.map { _ in ContinuousClock.now }
            stages[s].run(entry.made, panels: panels, views, scratch: scratch + stageScratch)
            if let before { spent[s] += (ContinuousClock.now - before).milliseconds }
          }
          from = RowView(origin: UnsafeRawPointer(to.origin), row: to.row, pixel: to.pixel)
        }
      }
      // What is copied for the first stage is part of it.
      if copies, spent.count > 1 {
        let copied = spent.removeFirst()
        spent[0] += copied
      }
      frame.clock?.add(spent)
    }
  }

  private func clearMargins(_ ring: (pitch: Int, rows: Int, offset: Int), _ reader: any RowStage, _ memory: UnsafeMutableRawPointer) {
    let pixel = reader.shape.channels * reader.elements.input
    let (before, after) = (reader.margins.before * pixel, reader.margins.after * pixel)
    for row in 0..<ring.rows {
      // SAFETY: a row of the ring is `pitch` bytes, its margins at both ends.
      (memory + row * ring.pitch).initializeMemory(as: UInt8.self, repeating: reader.margin, count: before)
      (memory + (row + 1) * ring.pitch - after).initializeMemory(as: UInt8.self, repeating: reader.margin, count: after)
    }
  }
}
