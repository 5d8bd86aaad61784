import Foundation

/// Numbers as people read them; one place so that table and report say the same.
public enum NumberText {
  /// With a fixed number of decimals and a true minus sign: `"−0.10"`; `"–"` for a missing value.
  public static func fixed(_ value: Double?, decimals: Int) -> String {
    guard let value else { return "–" }
    if value.isNaN { return "not a number" }
    if value.isInfinite { return value < 0 ? "−∞" : "∞" }
    return withMinusSign(String(format: "%.\(max(0, decimals))f", value))
  }

  /// With `digits` significant digits, without an exponent between 10⁻⁴ and 10⁹: `"0.00123"`, `"12.3"`, `"4.50e-07"`.
  public static func significant(_ value: Double?, digits: Int = 3) -> String {
    guard let value else { return "–" }
    guard value.isFinite, value != 0 else { return fixed(value, decimals: 0) }
    let size = abs(value)
    if size < 1e-4 || size >= 1e9 { return withMinusSign(String(format: "%.\(max(0, digits - 1))e", value)) }
    let exponent = Int(log10(size).rounded(.down))
    return fixed(value, decimals: max(0, digits - 1 - exponent))
  }

  /// A whole number in groups of three: `"1,234,567"`.
  public static func grouped(_ value: Int) -> String {
    let digits = Array(String(value.magnitude))
    var text = value < 0 ? "−" : ""
    for (place, digit) in digits.enumerated() {
      if place > 0, (digits.count - place).isMultiple(of: 3) { text.append(",") }
      text.append(digit)
    }
    return text
  }

  /// A count with a decimal prefix: `"13.6 G"`, `"371 k"`, `"12"`.
  public static func scaled(_ value: Int, digits: Int = 3) -> String {
    let size = Double(value.magnitude)
    for (limit, prefix) in [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")] where size >= limit {
      return significant(Double(value) / limit, digits: digits) + " " + prefix
    }
    return grouped(value)
  }

  /// A size in bytes with a decimal prefix: `"2.23 MB"`.
  public static func bytes(_ value: Int) -> String {
    let text = scaled(value)
    return text.last?.isLetter == true ? text + "B" : text + " B"
  }

  /// Milliseconds: `"12.3 ms"`.
  public static func milliseconds(_ value: Double?) -> String {
    value == nil ? "–" : significant(value) + " ms"
  }

  /// How many times smaller: `"2.31×"`; `"–"` where there is nothing to divide.
  public static func ratio(_ before: Double?, _ after: Double?) -> String {
    guard let before, let after, after > 0, before.isFinite, after.isFinite else { return "–" }
    return fixed(before / after, decimals: 2) + "×"
  }

  /// With its sign: `"+0.12"`, `"−0.08"`, `"0.00"`.
  public static func signed(_ value: Double?, decimals: Int) -> String {
    let text = fixed(value, decimals: decimals)
    guard let value, value > 0, text.contains(where: { $0 != "0" && $0 != "." }) else { return text }
    return "+" + text
  }

  /// A span of time: `"8 s"`, `"2 min 05 s"`, `"1 h 02 min"`.
  public static func duration(seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "–" }
    if seconds < 9.95 { return fixed(seconds, decimals: 1) + " s" }
    let whole = Int(seconds.rounded())
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min \(padded(whole % 60)) s" }
    return "\(whole / 3600) h \(padded(whole % 3600 / 60)) min"
  }

  /// A shape: `"64×64×3×3"`.
  public static func shape(_ dimensions: [Int]) -> String {
    dimensions.isEmpty ? "–" : dimensions.map(String.init).joined(separator: "×")
  }

  private static func padded(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }

  /// Without `-0.00`.
  private static func withMinusSign(_ text: String) -> String {
    guard text.hasPrefix("-") else { return text }
    let size = text.dropFirst()
    return size.contains(where: { $0 != "0" && $0 != "." }) ? "−" + size : String(size)
  }
}
