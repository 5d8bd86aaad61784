import Foundation

/// The file beside a model that holds its large tensors, written under another name until it is whole.
final class SideFile {
  private let target: URL
  private let temporary: URL
  private let handle: FileHandle
  private var offset = 0
  private var failure: (any Error)?

  /// Tensors below this many bytes stay in the model.
  private static let smallest = 1024
  /// Offsets are multiples of this, so that the file can be mapped.
  private static let alignment = 4096

  init(beside model: URL) throws {
    target = model.appendingPathExtension("data")
    temporary = model.appendingPathExtension("data.\(UInt64.random(in: .min ... .max)).part")
    try Data().write(to: temporary)
    handle = try FileHandle(forWritingTo: temporary)
  }

  /// Appends a tensor's bytes and returns the entries of `external_data` that name them, or `nil` for a small tensor.
  func append(_ bytes: Data) -> [StringStringEntryProto]? {
    if bytes.count < Self.smallest || failure != nil { return nil }
    let start = (offset + Self.alignment - 1) / Self.alignment * Self.alignment
    do {
      try handle.write(contentsOf: Data(count: start - offset))
      try handle.write(contentsOf: bytes)
    } catch {
      failure = error
      return nil
    }
    offset = start + bytes.count
    return [("location", target.lastPathComponent), ("offset", "\(start)"), ("length", "\(bytes.count)")].map { key, value in
      .with {
        $0.key = key
        $0.value = value
      }
    }
  }

  /// Gives the file its name.
  func finish() throws {
    if let failure { throw failure }
    try handle.close()
    if rename(temporary.path, target.path) != 0 { throw CocoaError(.fileWriteUnknown) }
  }

  func discard() {
    try? handle.close()
    try? FileManager.default.removeItem(at: temporary)
  }
}
