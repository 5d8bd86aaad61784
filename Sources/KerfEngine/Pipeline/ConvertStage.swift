import KerfGraph

/// Makes levels of floats or floats of levels, row by row, between stages of which one knows only the others.
struct ConvertStage: RowStage {
  let shape: StageShape
  private let levels: Levels
  private let quantizes: Bool

  init(_ levels: Levels, quantizes: Bool, channels: Int, height: Int, width: Int) {
    shape = .identity(channels: channels, height: height, width: width)
    (self.levels, self.quantizes) = (levels, quantizes)
  }

  var elements: (input: Int, output: Int) { quantizes ? (4, 1) : (1, 4) }
  var products: Int { 0 }

  func run(_ rows: Range<Int>, panels: Range<Int>, _ views: StageViews, scratch: UnsafeMutablePointer<Float>) {
    let (source, target, kernels) = (views.source, views.target, views.isa.bytes)
    let (from, to) = (shape.channels * elements.input, shape.channels * elements.output)
    let (pieces, count) = source.pixel == from && target.pixel == to ? (1, shape.width * shape.channels) : (shape.width, shape.channels)
    for i in rows {
      for j in 0..<pieces {
        // SAFETY: the views hold the rows asked for, of `width` pixels of `channels` elements; they follow each other where the row is one piece.
        let (x, y) = (source.origin + i * source.row + j * source.pixel, target.origin + i * target.row + j * target.pixel)
        if quantizes {
          kernels.pointee.quantize(
            count, x.assumingMemoryBound(to: Float.self), levels.scale, levels.zero, 0, 255, y.assumingMemoryBound(to: UInt8.self))
        } else {
          kernels.pointee.dequantize(
            count, x.assumingMemoryBound(to: UInt8.self), levels.scale, levels.zero, y.assumingMemoryBound(to: Float.self))
        }
      }
    }
  }
}
