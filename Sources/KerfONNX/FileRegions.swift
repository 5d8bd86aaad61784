import Foundation
import KerfGraph

/// `raw_data` of initializers that were left in the file.
struct FileRegions {
  let file: ReadOnlyFile
  let regions: [Int: Skeleton.Region]

  /// Of the initializer at a position of the main graph, where its elements were left out.
  subscript(initializer: Int) -> FileRegion? { regions[initializer].map { FileRegion(file: file, region: $0) } }
}

/// One tensor's `raw_data` in the file.
struct FileRegion {
  let file: ReadOnlyFile
  let region: Skeleton.Region

  /// The elements, left where they are; `nil` where they are no numbers of fixed size, or not as many as the tensor's.
  func elements(_ type: ElementType, count: Int) -> FileElements? {
    FileElements(file, offset: region.offset, byteCount: region.count, type: type, count: count)
  }

  func bytes(label: String) throws(ONNXError) -> Data {
    guard let bytes = file.elements(UInt8.self, at: region.offset, count: region.count) else {
      throw ONNXError(.file, node: label, "the file was cut short while it was read")
    }
    return Data(bytes)
  }
}
