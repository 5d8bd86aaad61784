#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// `base^exponent` for a positive base.
func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }
