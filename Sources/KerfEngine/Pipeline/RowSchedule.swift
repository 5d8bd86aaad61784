/// Which rows each stage of a pipeline makes for a block of rows of the last one, and which rows of the block before it still needs.
struct RowSchedule: Sendable {
  /// What happens to one stage's rows in a block.
  struct Entry: Sendable, Equatable {
    /// Rows of the block before that are still read.
    let kept: Range<Int>
    /// Rows made in this block; `kept` and these are consecutive.
    let made: Range<Int>
    var held: Range<Int> { kept.lowerBound..<max(kept.upperBound, made.upperBound) }
  }

  /// One list of entries, first stage first, a block.
  let blocks: [[Entry]]

  /// - Parameters:
  ///   - rows: of the last stage's output.
  ///   - height: rows of a block.
  init(_ stages: [any RowStage], rows: Range<Int>, height: Int) {
    var blocks: [[Entry]] = []
    var held: [Range<Int>?] = Array(repeating: nil, count: stages.count)
    for first in stride(from: rows.lowerBound, to: rows.upperBound, by: height) {
      var made = first..<min(first + height, rows.upperBound)
      var entries = [Entry(kept: made.lowerBound..<made.lowerBound, made: made)]
      for s in stages.indices.dropLast().reversed() {
        let need = stages[s + 1].shape.inputRows(made)
        let (quantum, end) = (stages[s].quantum, stages[s].shape.outputHeight)
        let before = held[s] ?? need.lowerBound / quantum * quantum..<need.lowerBound / quantum * quantum
        let top = max(before.upperBound, min(end, (need.upperBound + quantum - 1) / quantum * quantum))
        // A stage behind that makes nothing in this block, having rows enough, reads these in a later one.
        let low = need.isEmpty ? before.lowerBound : min(max(before.lowerBound, need.lowerBound), before.upperBound)
        made = before.upperBound..<top
        entries.append(Entry(kept: low..<before.upperBound, made: made))
        held[s] = low..<top
      }
      blocks.append(entries.reversed())
    }
    self.blocks = blocks
  }

  /// Rows that a stage's buffer must hold, and the most that it makes at once.
  func extent(_ stage: Int) -> (held: Int, made: Int) {
    blocks.reduce((0, 0)) { (max($0.0, $1[stage].held.count), max($0.1, $1[stage].made.count)) }
  }
}
