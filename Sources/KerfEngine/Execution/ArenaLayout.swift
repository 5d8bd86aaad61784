/// Offsets of buffers in one block of memory, such that buffers alive at the same time do not overlap.
///
/// Greedy best fit: the largest buffer first, each in the tightest gap that is free during its whole life, else behind everything it meets.
/// - Reference: Y. Pisarchyk, J. Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020, §5 (greedy by size).
package struct ArenaLayout: Sendable {
  package struct Buffer: Sendable {
    /// In floats.
    package let size: Int
    /// First and last step that uses it.
    package var first, last: Int
    package init(size: Int, first: Int, last: Int) { (self.size, self.first, self.last) = (size, first, last) }
  }

  /// In floats, one a buffer.
  package let offsets: [Int]
  /// Floats of the whole block.
  package let size: Int

  /// - Complexity: O(n²) in the number of buffers.
  package init(_ buffers: [Buffer]) {
    var offsets = [Int](repeating: 0, count: buffers.count)
    var placed: [(offset: Int, end: Int, id: Int)] = []
    var total = 0
    for id in buffers.indices.sorted(by: { (-buffers[$0].size, $0) < (-buffers[$1].size, $1) }) {
      let buffer = buffers[id]
      // Whole cache lines, so that buffers start on one.
      let size = (buffer.size + 15) / 16 * 16
      var best: (gap: Int, offset: Int)?
      var end = 0
      for other in placed where buffers[other.id].first <= buffer.last && buffers[other.id].last >= buffer.first {
        let gap = other.offset - end
        if gap >= size, best.map({ gap < $0.gap }) ?? true { best = (gap, end) }
        end = max(end, other.end)
      }
      let offset = best?.offset ?? end
      offsets[id] = offset
      total = max(total, offset + size)
      let position = placed.firstIndex { $0.offset > offset } ?? placed.count
      placed.insert((offset, offset + size, id), at: position)
    }
    self.offsets = offsets
    self.size = total
  }
}
