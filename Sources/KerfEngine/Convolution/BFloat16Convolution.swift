import CKerfKernels
import KerfGraph

/// Any convolution as a matrix product of bfloat16 values: `y = Σ b(x)·b(w)`, sums, bias and what follows in float32 (`Arithmetic.bfloat16`).
///
/// The kernels multiply pairs of input channels, each pair in the place of a float: on those it is the implicit GEMM of half as many channels.
struct BFloat16Convolution: ConvolutionExecution {
  let name = "implicit-gemm-bf16"
  let arithmetic = Arithmetic.bfloat16

  func applicability(to problems: [ConvolutionProblem]) -> Applicability {
    let p = problems[0]
    if p.groups > 1, p.channelsPerGroup % 2 == 1 {
      return .inapplicable("groups of \(p.channelsPerGroup) channels, which are no pairs")
    }
    return .applicable
  }

  func weightFloats(of problems: [ConvolutionProblem]) -> Int { problems[0].outputs * problems[0].pairsPerGroup * problems[0].taps }

  func cost(of problems: [ConvolutionProblem], _ isa: InstructionSet) -> Double {
    guard let kernels = isa.bfloat16 else { return .infinity }
    let p = problems[0]
    let width = (p.outputsPerGroup + isa.lanes - 1) / isa.lanes * isa.lanes
    // As for floats, and the conversion of the input: a load, a rounding and a store of 16 values take about four cycles.
    let depth = (2 * p.pairsPerGroup + 2) * p.taps
    let products = Double(p.batch * p.outputPixels) * Double(p.groups * width * depth) / Double(kernels.pointee.multiply_adds)
    return products + 0.25 * Double(p.batch * p.shape.height * p.shape.width * p.shape.channels)
  }

  func stage(_ layers: [ConvolutionLayer]) -> any RowStage {
    let layer = layers[0]
    let p = layer.problem
    let weights = layer.cache.object("panels-bf16:\(layer.isa.name):\(layer.key)") {
      PackedWeights(
        bfloat16: layer.weights, columns: p.outputsPerGroup, channels: p.channelsPerGroup, taps: p.taps, groups: p.groups,
        scale: layer.epilogue.scale, isa: layer.isa, in: layer.cache, key: layer.key)
    }
    return BFloat16Stage(p, GemmOperands(layer.epilogue, weights: weights), isa: layer.isa)
  }
}

extension ConvolutionProblem {
  /// Pairs of a group's input channels; where the number is odd a zero completes the last.
  fileprivate var pairsPerGroup: Int { (channelsPerGroup + 1) / 2 }

  /// The same problem on pairs of channels.
  fileprivate var ofPairs: ConvolutionProblem {
    let pairs = StageShape(
      channels: groups * pairsPerGroup, height: shape.height, width: shape.width, outputs: shape.outputs, outputHeight: shape.outputHeight,
      outputWidth: shape.outputWidth, rows: shape.rows, columns: shape.columns)
    return ConvolutionProblem(batch: batch, shape: pairs, groups: groups)
  }
}

/// Rounds the rows that a block of output rows reads, with zeros at their ends, and multiplies them.
struct BFloat16Stage: RowStage {
  let shape: StageShape
  let products: Int
  private let product: GemmStage
  /// A row of pairs with its margins, and a pixel of it, in floats' places.
  private let pitch, pixel: Int
  /// Output rows of a block.
  private let blockRows: Int

  init(_ p: ConvolutionProblem, _ operands: GemmOperands, isa: InstructionSet) {
    shape = p.shape
    products = p.outputPixels * p.macsPerPixel
    product = GemmStage(p.ofPairs, operands, isa: isa, kernel: .bfloat16)
    pixel = p.groups * p.pairsPerGroup
    pitch = (p.columns.before + p.shape.width + p.overhang) * pixel
    // Input, rounded input and output of a block stay in the second-level cache. Rows that two blocks read are rounded twice: no more of them
    // than others.
    let row = shape.rows.stride * (shape.width * shape.channels + pitch) + shape.outputWidth * shape.outputs
    let least = max((112 + shape.outputWidth - 1) / shape.outputWidth, shape.rows.span / shape.rows.stride)
    blockRows = max(1, least, 64 * 1024 / row)
  }

  var weightFloats: Int { product.weightFloats }
  var panels: Int { product.panels }

  func scratch(rows: Int) -> Int {
    min(shape.height, (min(rows, blockRows) - 1) * shape.rows.stride + shape.rows.span) * pitch
  }

  func run(_ rows: Range<Int>, panels: Range<Int>, _ views: StageViews, scratch: UnsafeMutablePointer<Float>) {
    for first in stride(from: rows.lowerBound, to: rows.upperBound, by: blockRows) {
      let block = first..<min(first + blockRows, rows.upperBound)
      let read = shape.inputRows(block)
      convert(read, FloatViews(views), to: scratch)
      // SAFETY: the buffer holds the rows `read` with the margins that the product states; it is addressed as if it held all of the image.
      let origin = scratch + (product.margins.before * pixel - read.lowerBound * pitch)
      let size = MemoryLayout<Float>.size
      let pairs = StageViews(
        source: RowView(origin: UnsafeRawPointer(origin), row: pitch * size, pixel: pixel * size), target: views.target,
        residual: views.residual, isa: views.isa, targetIsFar: views.targetIsFar)
      product.run(block, panels: panels, pairs, scratch: scratch)
    }
  }

  private func convert(_ rows: Range<Int>, _ views: FloatViews, to buffer: UnsafeMutablePointer<Float>) {
    guard let kernels = views.bfloat16 else { return }
    let source = views.source
    // A row is one piece where pixels follow each other and no pair spans two of them.
    let isWhole = source.pixel == shape.channels && shape.channels % 2 == 0
    let (pieces, count) = isWhole ? (1, shape.width * shape.channels) : (shape.width, shape.channels)
    let (before, after) = (product.margins.before * pixel, product.margins.after * pixel)
    for (place, i) in rows.enumerated() {
      // SAFETY: `scratch(rows:)` floats hold all rows that a block reads, a row is margins and `width` pixels of `pixel` pairs; the source holds
      // `width` pixels of `channels` floats in each row asked for.
      let row = buffer + place * pitch
      row.update(repeating: 0, count: before)
      (row + (pitch - after)).update(repeating: 0, count: after)
      UnsafeMutableRawPointer(row + before).withMemoryRebound(to: UInt16.self, capacity: 2 * (pitch - before - after)) {
        kernels.pointee.convert(pieces, count, source.origin + i * source.row, source.pixel, $0, 2 * pixel)
      }
    }
  }
}
