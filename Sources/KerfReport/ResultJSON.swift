import Foundation

/// Results as JSON: keys sorted, indented, one newline at the end, so that two runs can be compared line by line.
public enum ResultJSON {
  /// The JSON text of `value`.
  ///
  /// JSON has no infinity (the PSNR of two equal pictures): it is written as the string `"inf"`, `"-inf"` or `"nan"`.
  /// - Throws: whatever `value` throws while it is encoded.
  public static func text(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
  }

  /// Reads what `text(_:)` wrote.
  /// - Throws: `DecodingError` for text that is no such value.
  public static func value<Value: Decodable>(_ type: Value.Type, from text: String) throws -> Value {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return try decoder.decode(type, from: Data(text.utf8))
  }
}
