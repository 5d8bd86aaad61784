import CKerfKernels

/// Makes rows of an image from rows of another: what a `Pipeline` is built of.
///
/// What a row comes out as depends on its input rows alone, never on which rows are made together: results are the same bits however the work
/// is cut.
package protocol RowStage: Sendable {
  var shape: StageShape { get }
  /// Bytes of an input element and of an output element: 4 for floats, 1 for levels.
  var elements: (input: Int, output: Int) { get }
  /// Columns of zeros that must lie in memory before and behind each input row.
  var margins: (before: Int, after: Int) { get }
  /// What the bytes of the margins are: the level of zero.
  var margin: UInt8 { get }
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
  package var elements: (input: Int, output: Int) { (4, 4) }
  package var margins: (before: Int, after: Int) { (0, 0) }
  package var margin: UInt8 { 0 }
  package var quantum: Int { 1 }
  package var wantedPixels: Int { 224 }
  package var panels: Int { 1 }
  package var weightFloats: Int { 0 }
  package func scratch(rows: Int) -> Int { 0 }
}

/// Rows of a channels-last image, addressed by their number in the image: channel 0 of pixel (i, j) lies at `origin + i·row + j·pixel`, steps in
/// elements (in bytes where the pointer is raw).
///
/// `origin` is where the image's first pixel would lie: memory that holds some rows only is addressed as if it held all.
package struct RowView<Pointer> {
  let origin: Pointer
  let row, pixel: Int
}

extension RowView where Pointer == UnsafeRawPointer {
  /// The same rows as elements of a type, which they must be made of.
  func of<Element>(_: Element.Type) -> RowView<UnsafePointer<Element>> {
    let size = MemoryLayout<Element>.size
    return RowView<UnsafePointer<Element>>(origin: origin.assumingMemoryBound(to: Element.self), row: row / size, pixel: pixel / size)
  }
}

extension RowView where Pointer == UnsafeMutableRawPointer {
  func of<Element>(_: Element.Type) -> RowView<UnsafeMutablePointer<Element>> {
    let size = MemoryLayout<Element>.size
    return RowView<UnsafeMutablePointer<Element>>(
      origin: origin.assumingMemoryBound(to: Element.self), row: row / size, pixel: pixel / size)
  }
}

/// What a stage reads and writes.
package struct StageViews {
  let source: RowView<UnsafeRawPointer>
  let target: RowView<UnsafeMutableRawPointer>
  /// Added to the output before the activation.
  let residual: RowView<UnsafeRawPointer>?
  let isa: InstructionSet
  /// Whether the target is too large to be in a core's own caches when it is written.
  let targetIsFar: Bool
}

/// The views of a stage that makes floats from floats.
struct FloatViews {
  let source: RowView<UnsafePointer<Float>>
  let target: RowView<UnsafeMutablePointer<Float>>
  let residual: RowView<UnsafePointer<Float>>?
  let kernels: UnsafePointer<kerf_kernels>
  let bfloat16: UnsafePointer<kerf_kernels_bf16>?
  let targetIsFar: Bool

  init(_ views: StageViews) {
    source = views.source.of(Float.self)
    target = views.target.of(Float.self)
    residual = views.residual?.of(Float.self)
    kernels = views.isa.kernels
    bfloat16 = views.isa.bfloat16
    targetIsFar = views.targetIsFar
  }
}

/// Copies rows, so that the next stage finds them with zeros at their ends.
struct CopyStage: RowStage {
  let shape: StageShape
  /// Bytes of an element.
  let element: Int
  var elements: (input: Int, output: Int) { (element, element) }
  var products: Int { 0 }

  func run(_ rows: Range<Int>, panels: Range<Int>, _ views: StageViews, scratch: UnsafeMutablePointer<Float>) {
    let (source, target) = (views.source, views.target)
    let pixel = shape.channels * element
    let (pieces, count) = source.pixel == pixel && target.pixel == pixel ? (1, shape.width * pixel) : (shape.width, pixel)
    for i in rows {
      for j in 0..<pieces {
        // SAFETY: the views hold the rows asked for, of `width` pixels; they follow each other where the row is one piece.
        (target.origin + i * target.row + j * target.pixel).copyMemory(
          from: source.origin + i * source.row + j * source.pixel, byteCount: count)
      }
    }
  }
}
