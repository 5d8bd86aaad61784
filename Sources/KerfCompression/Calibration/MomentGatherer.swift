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

  let site: LayerSite
  let seed: UInt64

  /// Sampled positions of one batch.
  private struct Block {
    let sampler: PatchSampler
    let input: [Float]
    let response: [Float]
    let positions: [Int]
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
    let vector = columns + (cross ? outputs : 0)
    var accumulators = Array(repeating: SecondMoment(size: vector), count: kernel.groups)
    visit(view, rows: wanted) { block in
      for group in 0..<kernel.groups {
        let patches = block.sampler.patches(of: block.input, group: group, positions: block.positions)
        if !cross {
          accumulators[group].add(patches)
          continue
        }
        let responses = block.sampler.responses(of: block.response, group: group, positions: block.positions)
        accumulators[group].add(Self.joined(patches, columns, responses, outputs, rows: block.positions.count))
      }
    }
    return cross ? Moments(pairs: accumulators, kernel: kernel) : Moments(patches: accumulators, kernel: kernel)
  }

  /// Rows of what the layer sees and must give: 8 a column of the patches, as far as 96 MB go.
  func samples(_ view: LayerView, _ rectifier: Rectifier) -> RectifiedResponse {
    let kernel = site.kernel
    let width = kernel.groups * kernel.unfoldedColumns + kernel.outputs
    var patches = [[Float]](repeating: [], count: kernel.groups)
    var responses = patches
    var rows = 0
    visit(view, rows: min(max(8 * kernel.unfoldedColumns, 4096), Self.sampledValues / width)) { block in
      for group in 0..<kernel.groups {
        patches[group] += block.sampler.patches(of: block.input, group: group, positions: block.positions)
        responses[group] += block.sampler.responses(of: block.response, group: group, positions: block.positions)
      }
      rows += block.positions.count
    }
    return RectifiedResponse(rectifier: rectifier, patches: patches, responses: responses, rows: rows)
  }

  /// About so many positions, spread evenly over all batches, in blocks of at most 1024.
  private func visit(_ view: LayerView, rows wanted: Int, _ body: (Block) -> Void) {
    let samplers = view.batches.map { PatchSampler(kernel: site.kernel, inputShape: $0.input.shape, outputShape: $0.response.shape) }
    let total = samplers.reduce(0) { $0 + $1.positionCount }
    for (index, (batch, sampler)) in zip(view.batches, samplers).enumerated() {
      guard case .float(let x) = batch.input.storage, case .float(let y) = batch.response.storage else { continue }
      let share = max(1, Int((Double(wanted) * Double(sampler.positionCount) / Double(max(total, 1))).rounded(.up)))
      let positions = sampler.positions(share, seed: seed &+ UInt64(index))
      for start in stride(from: 0, to: positions.count, by: 1024) {
        body(Block(sampler: sampler, input: x, response: y, positions: Array(positions[start..<min(start + 1024, positions.count)])))
      }
    }
  }

  /// `[patch | response]` row by row, in double precision.
  private static func joined(_ patches: [Float], _ columns: Int, _ responses: [Float], _ outputs: Int, rows: Int) -> [Double] {
    var block = [Double](repeating: 0, count: rows * (columns + outputs))
    for row in 0..<rows {
      let start = row * (columns + outputs)
      for c in 0..<columns { block[start + c] = Double(patches[row * columns + c]) }
      for n in 0..<outputs { block[start + columns + n] = Double(responses[row * outputs + n]) }
    }
    return block
  }
}
