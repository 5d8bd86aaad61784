/// A tensor's elements that are still in their file: read anew whenever somebody asks, held by nobody.
package struct FileElements: Sendable {
  let file: ReadOnlyFile
  let offset: Int
  let type: ElementType
  let count: Int

  /// - Returns: `nil` for types whose elements are not simply the file's bytes, and where the bytes are not as many as the elements.
  package init?(_ file: ReadOnlyFile, offset: Int, byteCount: Int, type: ElementType, count: Int) {
    switch type {
    case .float, .double, .int8, .uint8, .int16, .uint16, .int32, .uint32, .int64, .uint64, .float16, .bfloat16: break
    default: return nil
    }
    guard let size = type.byteCount, byteCount % size == 0, byteCount / size == count else { return nil }
    (self.file, self.offset, self.type, self.count) = (file, offset, type, count)
  }

  /// The elements; opaque and empty where the file was cut short meanwhile, so that whoever computes with them says so.
  var storage: Tensor.Storage {
    func read<E: BitwiseCopyable>(_ element: E.Type) -> [E]? { file.elements(element, at: offset, count: count) }
    let storage: Tensor.Storage? =
      switch type {
      case .float: read(Float.self).map { .float($0) }
      case .double: read(Double.self).map { .double($0) }
      case .int8: read(Int8.self).map { .int8($0) }
      case .uint8: read(UInt8.self).map { .uint8($0) }
      case .int16: read(Int16.self).map { .int16($0) }
      case .uint16: read(UInt16.self).map { .uint16($0) }
      case .int32: read(Int32.self).map { .int32($0) }
      case .uint32: read(UInt32.self).map { .uint32($0) }
      case .int64: read(Int64.self).map { .int64($0) }
      case .uint64: read(UInt64.self).map { .uint64($0) }
      case .float16: read(UInt16.self).map { .float16($0) }
      case .bfloat16: read(UInt16.self).map { .bfloat16($0) }
      default: nil
      }
    return storage ?? .opaque(type, [])
  }
}
