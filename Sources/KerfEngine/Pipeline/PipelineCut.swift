/// How the work of a pipeline is cut: rows of a block, ranges of rows and of output channels that are tasks.
struct PipelineCut: Sendable {
  let blockRows: Int
  let tasks: [Range<Int>]
  let parts: [Range<Int>]

  /// Floats that the buffers between the stages may take: they share the second-level cache with weights and transforms.
  static let room = 96 * 1024

  /// Bytes of a row that stage `s` writes for the next one, its margins counted.
  static func pitch(_ stages: [any RowStage], _ s: Int) -> Int {
    let margins = stages[s + 1].margins
    return (stages[s].shape.outputWidth + margins.before + margins.after) * stages[s].shape.outputs * stages[s].elements.output
  }

  init(_ stages: [any RowStage], batch: Int, threads: Int) {
    guard let last = stages.last else {
      (blockRows, tasks, parts) = (1, [], [])
      return
    }
    let height = last.shape.outputHeight
    // Blocks of whole quanta of every stage, as far as that stays a small number.
    var unit = stages.reduce(1) { Self.multiple($0, $1.quantum) }
    if unit > 24 { unit = last.quantum }
    var wanted = 1
    for stage in stages {
      let rows = (stage.wantedPixels + stage.shape.outputWidth - 1) / stage.shape.outputWidth
      wanted = max(wanted, (rows * height + stage.shape.outputHeight - 1) / stage.shape.outputHeight)
    }
    let perRow = stages.indices.dropLast().reduce(0) { $0 + Self.pitch(stages, $1) * stages[$1].shape.outputHeight / height }
    if perRow > 0 { wanted = min(wanted, max(unit, 4 * Self.room / perRow)) }
    var rows = (wanted + unit - 1) / unit * unit
    if stages.count == 1 { rows = (height + last.quantum - 1) / last.quantum * last.quantum }

    var tasks = [0..<height]
    var parts = [0..<last.panels]
    if threads > 1, batch < 4 * threads {
      // Seams cost rows that are made twice: fewer tasks where stages are fused.
      let most = (stages.count == 1 ? 6 : 3) * threads / batch
      let quanta = (height + last.quantum - 1) / last.quantum
      // Every task reads all weights: it should have pixels enough for that.
      let least = stages.reduce(1) { max($0, $1.wantedPixels / 2 * last.shape.outputHeight / max(1, $1.shape.outputHeight)) }
      let count = max(1, min(quanta, most, height * last.shape.outputWidth / least))
      tasks = (0..<count).map { $0 * quanta / count * last.quantum..<min(height, ($0 + 1) * quanta / count * last.quantum) }
      if stages.count == 1, count * batch < 2 * threads, last.panels > 1 {
        // Parts of the output channels share the input, which each of them transforms anew.
        let wanted = (last.quantum > 1 ? 1 : 3) * threads
        let pieces = min(last.panels, (wanted + count * batch - 1) / (count * batch))
        parts = (0..<pieces).map { $0 * last.panels / pieces..<($0 + 1) * last.panels / pieces }
      }
      rows = min(rows, (tasks.map(\.count).max() ?? rows) + unit - 1) / unit * unit
      rows = max(rows, last.quantum)
    }
    (blockRows, self.tasks, self.parts) = (max(1, rows), tasks, parts)
  }

  private static func multiple(_ a: Int, _ b: Int) -> Int {
    var (x, y) = (a, b)
    while y != 0 { (x, y) = (y, x % y) }
    return a / x * b
  }
}
