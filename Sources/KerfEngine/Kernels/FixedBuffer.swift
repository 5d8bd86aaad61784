/// Memory of a fixed size, aligned to cache lines: its own, or a part of a mapped file.
///
/// `@unchecked Sendable`: filled by `init` alone and only read afterwards.
package final class FixedBuffer<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
  private let memory: UnsafeMutableBufferPointer<Element>
  /// Who keeps the memory alive where it is not the buffer's own.
  private let owner: (any AnyObject & Sendable)?

  package init(_ elements: [Element]) {
    memory = Self.allocate(elements.count)
    owner = nil
    _ = memory.initialize(from: elements)
  }

  /// - Parameter fill: initialises all `count` elements.
  package init(count: Int, fill: (UnsafeMutableBufferPointer<Element>) -> Void) {
    memory = Self.allocate(count)
    owner = nil
    fill(memory)
  }

  /// Bytes that live as long as `owner`, read as elements; `nil` where there are none or they are not aligned to cache lines.
  init?(viewing bytes: UnsafeRawBufferPointer, owner: any AnyObject & Sendable) {
    guard let address = bytes.baseAddress, Int(bitPattern: address) % 64 == 0, bytes.count % MemoryLayout<Element>.stride == 0 else {
      return nil
    }
    // SAFETY: aligned and a whole number of elements (checked above). Never written: the pointer is only handed out for reading.
    memory = UnsafeMutableBufferPointer(mutating: bytes.bindMemory(to: Element.self))
    self.owner = owner
  }

  deinit { if owner == nil { memory.deallocate() } }

  /// Valid as long as the buffer lives.
  package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(memory) }

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

/// What can be written to disk as it lies in memory.
package protocol PackedBytes: Sendable {
  var bytes: UnsafeRawBufferPointer { get }
}

extension FixedBuffer: PackedBytes {}
