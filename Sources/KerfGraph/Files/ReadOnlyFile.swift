#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A plain file that stays open: parts of it are read when they are asked for, from any thread.
///
/// A file that is replaced (renamed over) meanwhile is read on as it was; one that is written to in place shows by `isUnchanged`.
public final class ReadOnlyFile: Sendable {
  /// Why a file cannot be opened.
  public enum Problem: Error, Sendable, Equatable {
    /// It does not exist, or may not be read.
    case missing
    /// A folder, a device, a pipe.
    case notPlain
  }

  public let path: String
  /// Bytes when it was opened.
  public let size: Int
  private let descriptor: Int32
  /// Seconds and nanoseconds of the last change when it was opened.
  private let modified: (Int, Int)

  public init(_ path: String) throws(Problem) {
    // Without blocking: opening a pipe would wait for its writer.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    if descriptor < 0 { throw .missing }
    var about = stat()
    guard fstat(descriptor, &about) == 0, about.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw .notPlain
    }
    self.path = path
    self.descriptor = descriptor
    size = Int(about.st_size)
    modified = Self.modified(about)
  }

  deinit { close(descriptor) }

  /// Whether size and time of the last change are those of when it was opened.
  public var isUnchanged: Bool {
    var about = stat()
    return fstat(descriptor, &about) == 0 && Int(about.st_size) == size && Self.modified(about) == modified
  }

  /// `count` elements from a byte on, as the file's bytes spell them on this machine, or `nil` where the file does not have them (any more).
  public func elements<Element: BitwiseCopyable>(_: Element.Type, at offset: Int, count: Int) -> [Element]? {
    guard count >= 0, count <= size / MemoryLayout<Element>.stride else { return nil }
    var isWhole = true
    // SAFETY: the buffer has room for `count` elements; the array takes them as initialised only where all their bytes were read. Callers
    // pass number types, for which every pattern of bits is a value.
    let elements = [Element](unsafeUninitializedCapacity: count) { buffer, used in
      isWhole = read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
      used = isWhole ? count : 0
    }
    return isWhole ? elements : nil
  }

  /// Fills a buffer with the bytes from `offset` on; `false` where the file ends before it is full.
  package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> Bool {
    if offset < 0 { return false }
    var done = 0
    while done < buffer.count {
      // SAFETY: `done < buffer.count`, and no more than the rest is read.
      let count = pread(descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done, off_t(offset + done))
      if count < 0, errno == EINTR { continue }
      if count <= 0 { return false }
      done += count
    }
    return true
  }

  private static func modified(_ about: stat) -> (Int, Int) {
    #if canImport(Darwin)
      (Int(about.st_mtimespec.tv_sec), Int(about.st_mtimespec.tv_nsec))
    #else
      (Int(about.st_mtim.tv_sec), Int(about.st_mtim.tv_nsec))
    #endif
  }
}
