/// Order statistics of timings.
public enum Statistics {
  /// The value below which a share `q` of the sorted samples lies, by linear interpolation; 0 for none.
  public static func quantile(_ samples: [Double], _ q: Double) -> Double {
    guard !samples.isEmpty else { return 0 }
    let sorted = samples.sorted()
    let place = q * Double(sorted.count - 1)
    let low = Int(place)
    let high = min(low + 1, sorted.count - 1)
    return sorted[low] + (place - Double(low)) * (sorted[high] - sorted[low])
  }

  public static func median(_ samples: [Double]) -> Double { quantile(samples, 0.5) }
}
