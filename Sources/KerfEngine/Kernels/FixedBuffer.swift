/// Memory of a fixed size, aligned to cache lines.
///
/// `@unchecked Sendable`: filled by `init` alone and only read afterwards.
package final class FixedBuffer<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
  private let memory: UnsafeMutableBufferPointer<Element>

  package init(_ elements: [Element]) {
    memory = Self.allocate(elements.count)
    _ = memory.initialize(from: elements)
  }

  /// - Parameter fill: initialises all `count` elements.
  package init(count: Int, fill: (UnsafeMutableBufferPointer<Element>) -> Void) {
    memory = Self.allocate(count)
    fill(memory)
  }

  deinit { memory.deallocate() }

  package var count: Int { memory.count }

  /// Valid as long as the buffer lives.
  package var pointer: UnsafePointer<Element> {
    // SAFETY: `allocate` always reserves at least one element, so there is an address.
    UnsafePointer(memory.baseAddress.unsafelyUnwrapped)
  }

  private static func allocate(_ count: Int) -> UnsafeMutableBufferPointer<Element> {
    let bytes = max(1, count) * MemoryLayout<Element>.stride
    let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    return UnsafeMutableBufferPointer(start: raw.bindMemory(to: Element.self, capacity: max(1, count)), count: count)
  }
}
