import KerfAlgebra
import KerfDecomposition

/// Gathers a layer's moments: covariance of its input patches, and their cross covariance with the response it must give.
///
/// Streaming, in float64: per group one matrix of `(d + N/g)²` doubles, `d = C/g·∏k`, whatever the number of images.
struct MomentGatherer {
  /// Rows a unknown column of the regression: more rows, less noise in the moments.
  private static let rowsPerColumn = 40
  /// Multiply-adds that gathering one layer may take, unless fewer than 4 rows a column would be left.
  private static let work = 6e10
  /// Floats that samples may take.
  private static let sampledValues = 24_000_000

  /// Blocks that are made side by side before they are added up.
  private static let together = 8

  let site: LayerSite
  let seed: UInt64

  /// Sampled positions of one batch.
  private struct Block: Sendable {
    let sampler: PatchSampler
    let batch: LayerView.Batch
    let positions: [Int]

    func patches(_ group: Int) -> [Float] {
      guard case .float(let x) = batch.input.storage else { return [] }
      return sampler.patches(of: x, group: group, positions: positions)
    }

    func responses(_ group: Int) -> [Float] {
      guard case .float(let y) = batch.response.storage else { return [] }
      return sampler.responses(of: y, group: group, positions: positions)
    }

    /// `[patch]`, or `[patch | response]`, row by row, in double precision.
    func rows(_ group: Int, cross: Bool) -> [Double] {
      let patches = patches(group)
      if !cross { return patches.map(Double.init) }
      let responses = responses(group)
      let (columns, outputs) = (patches.count / max(1, positions.count), responses.count / max(1, positions.count))
      var rows: [Double] = []
      rows.reserveCapacity(patches.count + responses.count)
      for row in positions.indices {
        for value in patches[row * columns..<(row + 1) * columns] { rows.append(Double(value)) }
        for value in responses[row * outputs..<(row + 1) * outputs] { rows.append(Double(value)) }
      }
      return rows
    }
  }

  /// The moments over all batches of what the layer sees.
  /// - Parameter cross: whether the response is to be regressed on the input (asymmetric), or follows from it by the kernel.
  func gather(_ view: LayerView, cross: Bool) -> Moments {
    let kernel = site.kernel
    let columns = kernel.unfoldedColumns
    let outputs = kernel.outputsPerGroup
    let width = Double(columns + outputs)
    let affordable = Int(Self.work / (width * width * Double(kernel.groups)))
    let wanted = max(4 * columns, min(Self.rowsPerColumn * columns, affordable), 4096)
    // Where the response follows from the patch by the kernel itself, it need not be accumulated.
    var accumulators = Array(repeating: SecondMoment(size: columns + (cross ? outputs : 0)), count: kernel.groups)
    let blocks = blocks(view, rows: wanted)
    for start in stride(from: 0, to: blocks.count, by: Self.together) {
      let part = Array(blocks[start..<min(start + Self.together, blocks.count)])
      for group in 0..<kernel.groups {
        for rows in part.concurrentMap({ $0.rows(group, cross: cross) }) { accumulators[group].add(rows) }
      }
    }
    return cross ? Moments(pairs: accumulators, kernel: kernel) : Moments(patches: accumulators, kernel: kernel)
  }

  /// Rows of what the layer sees and must give: 8 a column of the patches, as far as 96 MB go.
  func samples(_ view: LayerView, _ rectifier: Rectifier) -> RectifiedResponse {
    let kernel = site.kernel
    let width = kernel.groups * kernel.unfoldedColumns + kernel.outputs
    let blocks = blocks(view, rows: min(max(8 * kernel.unfoldedColumns, 4096), Self.sampledValues / width))
    let groups = Array(0..<kernel.groups)
    return RectifiedResponse(
      rectifier: rectifier, patches: groups.map { group in blocks.flatMap { $0.patches(group) } },
      responses: groups.map { group in blocks.flatMap { $0.responses(group) } }, rows: blocks.reduce(0) { $0 + $1.positions.count })
  }

  /// About so many positions, spread evenly over all batches, in blocks of at most 1024.
  private func blocks(_ view: LayerView, rows wanted: Int) -> [Block] {
    let samplers = view.batches.map { PatchSampler(kernel: site.kernel, inputShape: $0.input.shape, outputShape: $0.response.shape) }
    let total = samplers.reduce(0) { $0 + $1.positionCount }
    var blocks: [Block] = []
    for (index, (batch, sampler)) in zip(view.batches, samplers).enumerated() {
      guard case .float = batch.input.storage, case .float = batch.response.storage else { continue }
      let share = max(1, Int((Double(wanted) * Double(sampler.positionCount) / Double(max(total, 1))).rounded(.up)))
      let positions = sampler.positions(share, seed: seed &+ UInt64(index))
      for start in stride(from: 0, to: positions.count, by: 1024) {
        blocks.append(Block(sampler: sampler, batch: batch, positions: Array(positions[start..<min(start + 1024, positions.count)])))
      }
    }
    return blocks
  }
}
