/// The type of a tensor's elements, by its ONNX number (`TensorProto.DataType`).
///
/// A struct and not an enum: a file may carry a number that this version does not know, and it must come out again unchanged.
public struct ElementType: RawRepresentable, Hashable, Sendable {
  public let rawValue: Int32

  public init(rawValue: Int32) { self.rawValue = rawValue }

  public static let undefined = ElementType(rawValue: 0)
  public static let float = ElementType(rawValue: 1)
  public static let uint8 = ElementType(rawValue: 2)
  public static let int8 = ElementType(rawValue: 3)
  public static let uint16 = ElementType(rawValue: 4)
  public static let int16 = ElementType(rawValue: 5)
  public static let int32 = ElementType(rawValue: 6)
  public static let int64 = ElementType(rawValue: 7)
  public static let string = ElementType(rawValue: 8)
  public static let bool = ElementType(rawValue: 9)
  public static let float16 = ElementType(rawValue: 10)
  public static let double = ElementType(rawValue: 11)
  public static let uint32 = ElementType(rawValue: 12)
  public static let uint64 = ElementType(rawValue: 13)
  public static let bfloat16 = ElementType(rawValue: 16)

  /// Bytes of one element, or `nil` where elements are strings, packed below a byte, or of a type that Kerf only carries.
  public var byteCount: Int? {
    switch self {
    case .uint8, .int8, .bool: 1
    case .uint16, .int16, .float16, .bfloat16: 2
    case .float, .int32, .uint32: 4
    case .double, .int64, .uint64: 8
    default: nil
    }
  }
}

extension ElementType: CustomStringConvertible {
  private static let names: [ElementType: String] = [
    .undefined: "undefined", .float: "float32", .uint8: "uint8", .int8: "int8", .uint16: "uint16", .int16: "int16",
    .int32: "int32", .int64: "int64", .string: "string", .bool: "bool", .float16: "float16", .double: "float64",
    .uint32: "uint32", .uint64: "uint64", .bfloat16: "bfloat16",
  ]

  /// NumPy's name of the type, or `type 23` for one that Kerf only carries.
  public var description: String { Self.names[self] ?? "type \(rawValue)" }
}
