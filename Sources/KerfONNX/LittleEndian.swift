import Foundation

#if _endian(big)
  #error("ONNX files are little-endian, and so must be the machine")
#endif

/// Elements as the bytes that ONNX files hold.
enum LittleEndian {
  /// The elements that the bytes spell. `bytes.count` must be a multiple of the element's size.
  static func elements<T: BitwiseCopyable>(_ bytes: Data, as type: T.Type) -> [T] {
    let count = bytes.count / MemoryLayout<T>.stride
    precondition(count * MemoryLayout<T>.stride == bytes.count, "\(bytes.count) bytes are no whole number of elements")
    // SAFETY: the buffer has room for `count` elements, as many bytes as are copied (checked above); callers pass number types only.
    return [T](unsafeUninitializedCapacity: count) { buffer, used in
      _ = bytes.copyBytes(to: buffer)
      used = count
    }
  }

  /// The bytes that spell the elements.
  static func bytes<T: BitwiseCopyable>(_ elements: [T]) -> Data {
    // SAFETY: reads the array's own elements, number types without padding.
    elements.withUnsafeBytes { Data($0) }
  }
}
