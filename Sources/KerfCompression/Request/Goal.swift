/// What a person asks of the compressed network: one number.
public enum Goal: Sendable, Equatable {
  /// At most `1/x` of the original's measured time.
  case speedup(Double)
  /// At most so many milliseconds, measured.
  case latency(milliseconds: Double)
  /// At most `1/x` of the original's multiply-adds.
  case macs(Double)
  /// A file of at most so many bytes.
  case size(bytes: Int)
  /// Weights and activations of at most so many bytes while the network runs in Kerf's engine.
  case memory(bytes: Int)
  /// As fast as possible while the metric falls by at most this much, in the metric's own unit (points or dB).
  case maxDrop(Double)
  /// So many networks between the fastest and the original: `Compressor.curve`.
  case curve(points: Int)
  /// No bound: the form and rank are given, or chosen by energy.
  case none

  /// Whether the bound is judged by measured time.
  var needsTime: Bool {
    switch self {
    case .speedup, .latency, .maxDrop, .curve: true
    case .macs, .size, .memory, .none: false
    }
  }

  public var text: String {
    switch self {
    case .speedup(let x): "speedup \(x)"
    case .latency(let ms): "latency \(ms) ms"
    case .macs(let x): "macs / \(x)"
    case .size(let bytes): "size \(bytes) bytes"
    case .memory(let bytes): "memory \(bytes) bytes"
    case .maxDrop(let drop): "max-drop \(drop)"
    case .curve(let points): "a curve of \(points) networks"
    case .none: "as given"
    }
  }
}

extension Goal {
  /// Whether measured figures meet the bound. A drop is judged where it was asked for, on the validation split: not here.
  func isMet(before: Figures, after: Figures) -> Bool {
    switch self {
    case .speedup(let factor):
      guard let a = before.medianMilliseconds, let b = after.medianMilliseconds else { return false }
      return b * factor <= a
    case .latency(let bound): return after.medianMilliseconds.map { $0 <= bound } ?? false
    case .macs(let factor): return Double(after.macs) * factor <= Double(before.macs)
    case .size(let bytes): return after.bytes <= bytes
    case .memory(let bytes): return after.memoryBytes.map { $0 <= bytes } ?? false
    case .maxDrop, .curve, .none: return true
    }
  }
}

/// The bound asked for cannot be met; the best that can be had is said, and was written if there is one.
public struct BoundNotMet: Error, Sendable, CustomStringConvertible {
  public let description: String
  public init(_ description: String) { self.description = description }
}
