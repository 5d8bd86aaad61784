import KerfGraph

/// How a value's elements lie in memory.
package enum Layout: Sendable, Hashable {
  /// `[B, H, W, C]` for ONNX's `[B, C, H, W]`: the layout of the fast paths. Values of rank 3, 4 or 5 only.
  case channelsLast
  /// ONNX's own order, as floats.
  case rowMajor
  /// A `Tensor` of any type, for the reference operators.
  case tensor
  /// Unsigned bytes, channels last where the value is an image, else in ONNX's order. An int8 value q is held as q + 128.
  case levels

  var elementBytes: Int { self == .levels ? 1 : 4 }

  // Spelled out: the default looks the name up by reflection, which takes a millisecond the first time.
  package var description: String {
    switch self {
    case .channelsLast: "channelsLast"
    case .rowMajor: "rowMajor"
    case .tensor: "tensor"
    case .levels: "levels"
    }
  }
}

/// Where a planned value is found while the plan runs.
package struct Place: Sendable {
  enum Storage: Sendable {
    /// A buffer of the arena, by its number.
    case arena(Int)
    case constant(FixedBuffer<Float>)
    /// A tensor made while the plan runs.
    case slot(Int)
    case tensor(Tensor)
  }

  let storage: Storage
  let layout: Layout
  /// In ONNX's order, whatever the layout.
  let shape: [Int]
  /// Where the value is part of a larger one (channels last only); `nil`: its floats lie one behind another.
  var view: ImageView?

  var count: Int { shape.reduce(1, *) }

  /// The same memory under another shape; row-major only.
  func reshaped(_ shape: [Int]) -> Place { Place(storage: storage, layout: layout, shape: shape) }

  var arenaBuffer: Int? { if case .arena(let id) = storage { id } else { nil } }
  var slot: Int? { if case .slot(let index) = storage { index } else { nil } }
}

/// Extents of an image-like value of rank 3, 4 or 5; rank 3 has one row, the slices of rank 5 lie one below another.
package struct ImageShape: Sendable, Equatable {
  let batch, channels, height, width: Int

  init(batch: Int, channels: Int, height: Int, width: Int) {
    (self.batch, self.channels, self.height, self.width) = (batch, channels, height, width)
  }

  init?(_ shape: [Int]) {
    switch shape.count {
    case 5: (batch, channels, height, width) = (shape[0], shape[1], shape[2] * shape[3], shape[4])
    case 4: (batch, channels, height, width) = (shape[0], shape[1], shape[2], shape[3])
    case 3: (batch, channels, height, width) = (shape[0], shape[1], 1, shape[2])
    default: return nil
    }
  }

  var pixels: Int { height * width }
}
