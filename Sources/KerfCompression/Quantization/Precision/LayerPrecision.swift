/// The numbers that a layer's products are taken of.
public enum LayerPrecision: String, Sendable, Codable, CaseIterable {
  case float32
  /// Levels of 8 bits, sums in 32.
  case int8
}

/// Which precisions a network's layers may have.
public enum PrecisionChoice: String, Sendable, CaseIterable {
  case float32
  /// Every layer whose levels do no more harm than the bound allows.
  case int8
  /// Each layer the one that serves the goal best.
  case auto

  var layers: [LayerPrecision] {
    switch self {
    case .float32: [.float32]
    case .int8: [.int8]
    case .auto: [.float32, .int8]
    }
  }
}
