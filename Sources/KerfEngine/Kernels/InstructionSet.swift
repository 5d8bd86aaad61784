import CKerfKernels

/// A set of microkernels that this machine runs.
///
/// `@unchecked Sendable`: the table is a constant of the program.
public struct InstructionSet: @unchecked Sendable, Equatable, CustomStringConvertible {
  package let kernels: UnsafePointer<kerf_kernels>
  /// The kernels on bytes: of this set, or of a lesser one where the processor lacks its byte products.
  package let bytes: UnsafePointer<kerf_kernels_u8>
  /// The kernels on bfloat16 values that go with this set; `nil` where the processor lacks their products.
  package let bfloat16: UnsafePointer<kerf_kernels_bf16>?

  private init(_ kernels: UnsafePointer<kerf_kernels>) {
    self.kernels = kernels
    bytes = kerf_kernels_u8_for(kernels)
    bfloat16 = kerf_kernels_bf16_for(kernels)
  }

  public static func == (a: InstructionSet, b: InstructionSet) -> Bool { a.kernels == b.kernels }

  /// Best first; the last is portable C.
  public static let available: [InstructionSet] = (0..<kerf_kernels_count()).compactMap { kerf_kernels_at($0).map(InstructionSet.init) }

  /// The best one, capped by the environment variable `KERF_ISA` (`avx512`, `avx2`, `neon`, `scalar`).
  public static let best = InstructionSet(kerf_kernels_best())

  /// `avx512`, `avx2`, `neon` or `scalar`.
  public var name: String { String(cString: kernels.pointee.name) }
  public var description: String { name }

  /// Floating-point operations that one core makes in a second at most, in 10⁹: the best of a few measurements of multiply-adds on registers.
  public func measuredPeak() -> Double { Self.best { kernels.pointee.peak(40_000, &$0) } }

  /// The same of multiply-adds of bytes.
  public func measuredBytePeak() -> Double { Self.best { bytes.pointee.peak(40_000, &$0) } }

  /// The same of multiply-adds of bfloat16 values; `nil` where there are none.
  public func measuredBFloat16Peak() -> Double? { bfloat16.map { kernels in Self.best { kernels.pointee.peak(40_000, &$0) } } }

  private static func best<Result>(_ makeMultiplyAdds: (inout Int) -> Result) -> Double {
    let clock = ContinuousClock()
    var best = 0.0
    for _ in 0..<20 {
      var count = 0
      let before = clock.now
      _ = makeMultiplyAdds(&count)
      best = max(best, 2e-6 * Double(count) / (clock.now - before).milliseconds)
    }
    return best
  }

  /// Floats in a vector.
  package var lanes: Int { kernels.pointee.lanes }

  /// Widths of the panels, in vectors, that `columns` output channels are packed in: pairs, with one triple (or single) where the number is odd.
  package func panels(columns: Int) -> [UInt8] { Self.panels(columns: columns, lanes: lanes, widest: kernels.pointee.max_panel) }

  /// The same for the kernels on bytes.
  package func bytePanels(columns: Int) -> [UInt8] {
    Self.panels(columns: columns, lanes: bytes.pointee.lanes, widest: bytes.pointee.max_panel)
  }

  private static func panels(columns: Int, lanes: Int, widest: Int) -> [UInt8] {
    var units = (columns + lanes - 1) / lanes
    var widths: [UInt8] = []
    if units % 2 == 1, units > 1, widest >= 3 {
      widths.append(3)
      units -= 3
    }
    while units >= 2 {
      widths.append(2)
      units -= 2
    }
    if units == 1 { widths.append(1) }
    return widths
  }
}
