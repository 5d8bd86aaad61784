import CKerfKernels
import KerfGraph

/// 128 bits that tell contents apart: the key of what is kept on disk, and its check. See `kerf_digest`.
package struct ContentDigest: Sendable, Hashable {
  package let high, low: UInt64

  init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }

  package init(_ bytes: UnsafeRawBufferPointer) {
    var state = kerf_digest()
    kerf_digest_start(&state)
    // SAFETY: reads the buffer's own bytes.
    if let address = bytes.baseAddress { kerf_digest_add(&state, address, bytes.count) }
    self.init(ending: state)
  }

  package init(_ elements: [Float]) {
    // SAFETY: the array's own bytes.
    self = elements.withUnsafeBytes { ContentDigest($0) }
  }

  package init(_ text: String) {
    // SAFETY: the array's own bytes.
    self = Array(text.utf8).withUnsafeBytes { ContentDigest($0) }
  }

  /// Of a whole file, read piece by piece: no more than a piece is in memory.
  /// - Returns: `nil` where the file ends early.
  package init?(_ file: ReadOnlyFile) {
    let piece = 1 << 16
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: piece, alignment: 64)
    defer { buffer.deallocate() }
    var state = kerf_digest()
    kerf_digest_start(&state)
    for offset in stride(from: 0, to: file.size, by: piece) {
      let count = min(piece, file.size - offset)
      // SAFETY: `count` bytes of the buffer, all of them just read.
      guard let address = buffer.baseAddress, file.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]), at: offset)
      else { return nil }
      kerf_digest_add(&state, address, count)
    }
    self.init(ending: state)
  }

  private init(ending state: kerf_digest) {
    var state = state
    var out: (UInt64, UInt64) = (0, 0)
    // SAFETY: a tuple of two 64-bit numbers is laid out as an array of two.
    withUnsafeMutableBytes(of: &out) { out in
      if let address = out.baseAddress { kerf_digest_end(&state, address.assumingMemoryBound(to: UInt64.self)) }
    }
    self.init(high: out.0, low: out.1)
  }

  /// 32 hexadecimal digits.
  package var hexadecimal: String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for word in [high, low] {
      for shift in stride(from: 60, through: 0, by: -4) { text.append(digits[Int(word >> UInt64(shift) & 15)]) }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
