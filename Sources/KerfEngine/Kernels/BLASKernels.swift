#if !canImport(Accelerate)
  import CLAPACK
#endif

/// Which processor's kernels the BLAS took.
public enum BLASKernels {
  /// The variable that OpenBLAS reads while it is loaded.
  public static let variable = "OPENBLAS_CORETYPE"

  /// The name to load OpenBLAS with instead, `nil` where it chose well: a release that is older than the processor falls back to the
  /// kernels of SSE3, with which a product takes about twice the time.
  public static var better: String? {
    #if canImport(Accelerate) || !arch(x86_64)
      return nil
    #else
      return better(than: String(cString: openblas_get_corename()), with: InstructionSet.available.map(\.name))
    #endif
  }

  package static func better(than chosen: String, with sets: [String]) -> String? {
    guard ["Prescott", "Core2", "Generic", "Unknown"].contains(where: { $0.lowercased() == chosen.lowercased() }) else { return nil }
    if sets.contains("avx512") { return "SkylakeX" }
    return sets.contains("avx2") ? "Haswell" : nil
  }
}
