import CKerfKernels

/// Makes rows of an image from rows of another: what a `Pipeline` is built of.
///
/// What a row comes out as depends on its input rows alone, never on which rows are made together: results are the same bits however the work
/// is cut.
package protocol RowStage: Sendable {
  var shape: StageShape { get }
  /// Columns of zeros that must lie in memory before and behind each input row.
  var margins: (before: Int, after: Int) { get }
  /// Blocks of output rows begin at multiples of it, and end at one or at the image's end.
  var quantum: Int { get }
  /// Output pixels that a block should have, so that the weights streamed through the caches are used often enough.
  var wantedPixels: Int { get }
  /// Parts that the output channels can be divided in for separate tasks.
  var panels: Int { get }
  /// Products that are made for one image, and floats of weights.
  var products: Int { get }
  var weightFloats: Int { get }
  /// Floats that making so many rows needs.
  func scratch(rows: Int) -> Int
  func run(_ rows: Range<Int>, panels: Range<Int>, _ views: StageViews, scratch: UnsafeMutablePointer<Float>)
}

extension RowStage {
  package var margins: (before: Int, after: Int) { (0, 0) }
  package var quantum: Int { 1 }
  package var wantedPixels: Int { 224 }
  package var panels: Int { 1 }
  package var weightFloats: Int { 0 }
  package func scratch(rows: Int) -> Int { 0 }
}

/// Rows of a channels-last image, addressed by their number in the image: channel 0 of pixel (i, j) lies at `origin + i·row + j·pixel`.
///
/// `origin` is where the image's first pixel would lie: memory that holds some rows only is addressed as if it held all.
package struct RowView<Pointer> {
  let origin: Pointer
  let row, pixel: Int
}

/// What a stage reads and writes.
package struct StageViews {
  let source: RowView<UnsafePointer<Float>>
  let target: RowView<UnsafeMutablePointer<Float>>
  /// Added to the output before the activation.
  let residual: RowView<UnsafePointer<Float>>?
  let kernels: UnsafePointer<kerf_kernels>
  /// Whether the target is too large to be in a core's own caches when it is written.
  let targetIsFar: Bool
}

/// Copies rows, so that the next stage finds them with zeros at their ends.
struct CopyStage: RowStage {
  let shape: StageShape
  var products: Int { 0 }

  func run(_ rows: Range<Int>, panels: Range<Int>, _ views: StageViews, scratch: UnsafeMutablePointer<Float>) {
    let (source, target) = (views.source, views.target)
    let whole = source.pixel == shape.channels && target.pixel == shape.channels
    let (pieces, count) = whole ? (1, shape.width * shape.channels) : (shape.width, shape.channels)
    for i in rows {
      for j in 0..<pieces {
        // SAFETY: the views hold the rows asked for, of `width` pixels; they follow each other where the row is one piece.
        (target.origin + i * target.row + j * target.pixel).update(from: source.origin + i * source.row + j * source.pixel, count: count)
      }
    }
  }
}
