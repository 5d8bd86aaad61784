/// What numbers convolutions of floats multiply. Values between layers are float32 with either.
public enum Arithmetic: String, Sendable, CaseIterable {
  case float32
  /// `Σ b(x)·b(w)` with `b` rounding to eight significant bits (to the nearest, halves to even); products are exact, sums are float32. An input or
  /// weight differs from its rounded value by at most 2⁻⁹ of it. Needs a processor with such products: AVX-512 BF16.
  ///
  /// Convolutions may run so, and do where that is quicker; Winograd's filtering, depthwise layers and all else stay float32.
  case bfloat16
}

extension EngineOptions {
  /// Why the options cannot be followed on this machine; `nil` where they can.
  public var obstacle: String? {
    guard arithmetic == .bfloat16, instructionSet.bfloat16 == nil else { return nil }
    return "bfloat16 arithmetic needs AVX-512 BF16, which this machine with the kernels for '\(instructionSet)' does not have"
  }
}
