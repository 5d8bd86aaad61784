/// A dense array of known type and shape, row-major, as a value.
public struct Tensor: Sendable, Equatable {
  /// The elements in row-major order, one case a type that Kerf computes with.
  public enum Storage: Sendable, Equatable {
    case float([Float])
    case double([Double])
    case int8([Int8])
    case uint8([UInt8])
    case int16([Int16])
    case uint16([UInt16])
    case int32([Int32])
    case uint32([UInt32])
    case int64([Int64])
    case uint64([UInt64])
    case bool([Bool])
    /// IEEE half precision as bit patterns.
    case float16([UInt16])
    /// bfloat16 as bit patterns.
    case bfloat16([UInt16])
    /// UTF-8 or arbitrary bytes, one array an element.
    case string([[UInt8]])
    /// A type that is only carried: its little-endian bytes as the file had them.
    case opaque(ElementType, [UInt8])
  }

  /// Extents, outermost first; `[]` is a scalar.
  public let shape: [Int]
  private let elements: Elements

  /// Elements in memory, still in their file, or made from others when somebody asks.
  private enum Elements: Sendable {
    case held(Storage)
    case filed(FileElements)
    case made(MadeElements)
  }

  /// The elements. Where they are still in the model's file, or made from others, that happens for every call: keep what you use more than once.
  public var storage: Storage {
    switch elements {
    case .held(let storage): storage
    case .filed(let elements): elements.storage
    case .made(let elements): elements.make()
    }
  }

  /// Wraps elements. The number of elements must be the product of `shape` (opaque storage is not checked).
  public init(shape: [Int], storage: Storage) {
    if let held = storage.count {
      precondition(held == shape.reduce(1, *), "shape \(shape) does not hold \(held) elements")
    }
    self.shape = shape
    elements = .held(storage)
  }

  /// Elements that stay in their file. Their number must be the product of `shape`.
  package init(shape: [Int], elements: FileElements) {
    precondition(elements.count == shape.reduce(1, *), "shape \(shape) does not hold \(elements.count) elements")
    self.shape = shape
    self.elements = .filed(elements)
  }

  /// Elements that are made when somebody asks. Their number must be the product of `shape`.
  package init(shape: [Int], elements: MadeElements) {
    precondition(elements.count == shape.reduce(1, *), "shape \(shape) does not hold \(elements.count) elements")
    self.shape = shape
    self.elements = .made(elements)
  }

  public init(_ elements: [Float], shape: [Int]) { self.init(shape: shape, storage: .float(elements)) }
  public init(_ elements: [Int64], shape: [Int]) { self.init(shape: shape, storage: .int64(elements)) }
  public init(_ elements: [Bool], shape: [Int]) { self.init(shape: shape, storage: .bool(elements)) }
  public init(scalar: Float) { self.init([scalar], shape: []) }
  public init(scalar: Int64) { self.init([scalar], shape: []) }

  /// Number of elements: the product of the extents.
  public var count: Int { shape.reduce(1, *) }
  public var rank: Int { shape.count }
  public var type: ElementType {
    switch elements {
    case .held(let storage): storage.type
    case .filed(let elements): elements.type
    case .made(let elements): elements.type
    }
  }

  /// The same elements under another shape of the same size.
  public func reshaped(to shape: [Int]) -> Tensor {
    switch elements {
    case .held(let storage): Tensor(shape: shape, storage: storage)
    case .filed(let elements): Tensor(shape: shape, elements: elements)
    case .made(let elements): Tensor(shape: shape, elements: elements)
    }
  }

  /// The same tensor with its elements in memory.
  public var inMemory: Tensor { if case .held = elements { self } else { Tensor(shape: shape, storage: storage) } }

  public static func == (a: Tensor, b: Tensor) -> Bool { a.shape == b.shape && a.type == b.type && a.storage == b.storage }
}

extension Tensor.Storage {
  public var type: ElementType {
    switch self {
    case .float: .float
    case .double: .double
    case .int8: .int8
    case .uint8: .uint8
    case .int16: .int16
    case .uint16: .uint16
    case .int32: .int32
    case .uint32: .uint32
    case .int64: .int64
    case .uint64: .uint64
    case .bool: .bool
    case .float16: .float16
    case .bfloat16: .bfloat16
    case .string: .string
    case .opaque(let type, _): type
    }
  }

  /// Number of elements, or `nil` for opaque storage (whose packing is not known here).
  public var count: Int? {
    switch self {
    case .float(let e): e.count
    case .double(let e): e.count
    case .int8(let e): e.count
    case .uint8(let e): e.count
    case .int16(let e): e.count
    case .uint16(let e): e.count
    case .int32(let e): e.count
    case .uint32(let e): e.count
    case .int64(let e): e.count
    case .uint64(let e): e.count
    case .bool(let e): e.count
    case .float16(let e): e.count
    case .bfloat16(let e): e.count
    case .string(let e): e.count
    case .opaque: nil
    }
  }
}
