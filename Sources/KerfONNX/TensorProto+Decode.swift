import Foundation
import KerfGraph

extension TensorProto {
  /// Takes extents, type and elements out of the message; what stays is what the file says beyond them.
  ///
  /// Elements come from `raw_data`, from the typed field that ONNX prescribes for the type, or from a file beside the model.
  /// A type that Kerf only carries keeps its bytes; where they cannot be had as bytes, the message keeps its fields.
  /// - Parameter elements: `raw_data` that are still in the file and that the message leaves out.
  /// - Throws: `ONNXError.tensor` where extents are negative or overflow, or the elements are not as many as the extents say.
  mutating func take(from files: ExternalData, elements: FileRegion? = nil, label: String) throws(ONNXError) -> Tensor {
    let type = ElementType(rawValue: dataType)
    if type == .undefined { throw ONNXError(.tensor, node: label, "the tensor has no element type") }
    let (shape, count) = try Self.extents(dims, label: label)
    var bytes: Data?
    if dataLocation == 1 {
      let needed = try type.byteCount.map { size throws(ONNXError) in try Self.byteCount(count, size, label: label) }
      bytes = try files.bytes(of: externalData, count: needed, label: label)
    } else if elements != nil || hasRawData, elements != nil || !rawData.isEmpty || typedCount == 0 {
      if typedCount > 0 { throw ONNXError(.tensor, node: label, "elements are given twice, as raw_data and in a typed field") }
      if let elements, let filed = elements.elements(type, count: count) {
        dims = []
        clearDataType()
        clearElements()
        return Tensor(shape: shape, elements: filed)
      }
      bytes = try elements?.bytes(label: label) ?? rawData
    }
    guard let storage = try storage(type, count: count, bytes: bytes, label: label) else {
      dims = []
      clearDataType()
      return Tensor(shape: shape, storage: .opaque(type, []))
    }
    dims = []
    clearDataType()
    clearElements()
    return Tensor(shape: shape, storage: storage)
  }

  /// Extents as `Int` and their product.
  private static func extents(_ dims: [Int64], label: String) throws(ONNXError) -> ([Int], Int) {
    var count = 1
    var shape: [Int] = []
    for extent in dims {
      let (product, overflow) = count.multipliedReportingOverflow(by: Int(extent))
      if extent < 0 { throw ONNXError(.tensor, node: label, "extent \(extent) in \(dims) is negative") }
      if overflow { throw ONNXError(.tensor, node: label, "the number of elements of \(dims) overflows") }
      count = product
      shape.append(Int(extent))
    }
    return (shape, count)
  }

  private static func byteCount(_ count: Int, _ size: Int, label: String) throws(ONNXError) -> Int {
    let (bytes, overflow) = count.multipliedReportingOverflow(by: size)
    if overflow { throw ONNXError(.tensor, node: label, "the size of \(count) elements of \(size) bytes overflows") }
    return bytes
  }

  /// How many elements the typed fields hold together.
  private var typedCount: Int {
    floatData.count + int32Data.count + stringData.count + int64Data.count + doubleData.count + uint64Data.count
  }

  private mutating func clearElements() {
    floatData = []
    int32Data = []
    stringData = []
    int64Data = []
    doubleData = []
    uint64Data = []
    clearRawData()
    externalData = []
    clearDataLocation()
  }

  /// The elements, or `nil` for a carried type whose elements are in typed fields.
  private func storage(_ type: ElementType, count: Int, bytes: Data?, label: String) throws(ONNXError) -> Tensor.Storage? {
    func raw<T: BitwiseCopyable>(_: T.Type) throws(ONNXError) -> [T]? {
      guard let bytes else { return nil }
      let needed = try Self.byteCount(count, MemoryLayout<T>.stride, label: label)
      if bytes.count != needed {
        throw ONNXError(.tensor, node: label, "\(count) elements of \(type) take \(needed) bytes, the file has \(bytes.count)")
      }
      return LittleEndian.elements(bytes, as: T.self)
    }
    func elements<T: BitwiseCopyable>(_: T.Type, or field: () throws(ONNXError) -> [T]) throws(ONNXError) -> [T] {
      if let elements = try raw(T.self) { return elements }
      return try field()
    }
    /// The elements of the one typed field that is right for the type.
    func typed<T>(_ elements: [T]) throws(ONNXError) -> [T] {
      if typedCount != elements.count {
        throw ONNXError(.tensor, node: label, "elements of \(type) are in a field for another type")
      }
      if elements.count != count {
        throw ONNXError(.tensor, node: label, "shape \(dims) has \(count) elements, the file has \(elements.count)")
      }
      return elements
    }
    func narrow<T: FixedWidthInteger>(_: T.Type) throws(ONNXError) -> [T] {
      var result: [T] = []
      for value in try typed(int32Data) {
        guard let element = T(exactly: value) else { throw ONNXError(.tensor, node: label, "\(value) is no \(type)") }
        result.append(element)
      }
      return result
    }
    switch type {
    case .float: return .float(try elements(Float.self) { () throws(ONNXError) in try typed(floatData) })
    case .double: return .double(try elements(Double.self) { () throws(ONNXError) in try typed(doubleData) })
    case .int8: return .int8(try elements(Int8.self) { () throws(ONNXError) in try narrow(Int8.self) })
    case .uint8: return .uint8(try elements(UInt8.self) { () throws(ONNXError) in try narrow(UInt8.self) })
    case .int16: return .int16(try elements(Int16.self) { () throws(ONNXError) in try narrow(Int16.self) })
    case .uint16: return .uint16(try elements(UInt16.self) { () throws(ONNXError) in try narrow(UInt16.self) })
    case .int32: return .int32(try elements(Int32.self) { () throws(ONNXError) in try typed(int32Data) })
    case .int64: return .int64(try elements(Int64.self) { () throws(ONNXError) in try typed(int64Data) })
    case .uint64: return .uint64(try elements(UInt64.self) { () throws(ONNXError) in try typed(uint64Data) })
    case .uint32:
      if let elements = try raw(UInt32.self) { return .uint32(elements) }
      return .uint32(try typed(uint64Data).map { UInt32(truncatingIfNeeded: $0) })
    case .bool:
      if let elements = try raw(UInt8.self) { return .bool(elements.map { $0 != 0 }) }
      return .bool(try typed(int32Data).map { $0 != 0 })
    case .float16, .bfloat16:
      let bits = try elements(UInt16.self) { () throws(ONNXError) in try typed(int32Data).map { UInt16(truncatingIfNeeded: $0) } }
      return type == .float16 ? .float16(bits) : .bfloat16(bits)
    case .string:
      if bytes != nil { throw ONNXError(.tensor, node: label, "strings cannot be in raw_data") }
      return .string(try typed(stringData).map { [UInt8]($0) })
    default:
      guard let bytes else { return typedCount > 0 || count > 0 ? nil : .opaque(type, []) }
      return .opaque(type, [UInt8](bytes))
    }
  }
}
