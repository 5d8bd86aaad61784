#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The system's functions that metrics need, under names that do not clash.
enum Transcendental {
  static func log10(_ x: Double) -> Double { systemLog10(x) }
  static func exp(_ x: Double) -> Double { systemExp(x) }
}

private func systemLog10(_ x: Double) -> Double { log10(x) }
private func systemExp(_ x: Double) -> Double { exp(x) }
