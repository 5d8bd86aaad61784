import KerfGraph

/// Brings the levels of an 8-bit tensor into the arena, or makes a tensor of them.
struct LevelsLayoutWork: StepWork {
  let name: String
  let type: ElementType
  let source, target: Place

  func run(_ frame: Frame) throws(EngineError) {
    // A signed value lies at 128 more: its bytes differ in the highest bit.
    let turn: UInt8 = type == .int8 ? 128 : 0
    let shape = target.shape
    if source.layout == .tensor {
      let tensor = frame.tensor(source)
      guard tensor.shape == source.shape, tensor.type == type else {
        throw EngineError(.shape, "'\(name)' came out as \(tensor.type) \(tensor.shape), planned was \(type) \(source.shape)")
      }
      let y = frame.writeLevels(target)
      // SAFETY: the target holds the product of `shape` bytes, and so does the tensor (checked above).
      switch tensor.storage {
      case .uint8(let values): Self.channelsLast(shape) { y[$0] = values[$1] }
      case .int8(let values): Self.channelsLast(shape) { y[$0] = UInt8(bitPattern: values[$1]) ^ turn }
      default: Self.channelsLast(shape) { y[$0] = UInt8(truncatingIfNeeded: tensor.integers()?[$1] ?? 0) ^ turn }
      }
      return
    }
    guard let slot = target.slot else { throw EngineError(.unsupported, "levels of '\(name)' as \(target.layout.description)") }
    let x = frame.readLevels(source)
    let (steps, image) = (source.steps, ImageShape(shape))
    var values = [UInt8](repeating: 0, count: source.count)
    // SAFETY: every pixel of the source lies at its place's steps.
    Self.channelsLast(shape) { from, to in
      guard let image, !source.isDense else {
        values[to] = x[from] ^ turn
        return
      }
      let (pixel, c) = (from / image.channels, from % image.channels)
      let (i, j) = (pixel / image.width % image.height, pixel % image.width)
      values[to] = x[pixel / image.pixels * steps.image + i * steps.row + j * steps.pixel + c] ^ turn
    }
    frame.tensors[slot] =
      type == .int8
      ? Tensor(shape: shape, storage: .int8(values.map { Int8(bitPattern: $0) })) : Tensor(shape: shape, storage: .uint8(values))
  }

  /// Calls `body` with the position of every element channels last and in ONNX's order.
  private static func channelsLast(_ shape: [Int], _ body: (_ last: Int, _ first: Int) -> Void) {
    guard let image = ImageShape(shape) else {
      for i in 0..<shape.reduce(1, *) { body(i, i) }
      return
    }
    for b in 0..<image.batch {
      for p in 0..<image.pixels {
        for c in 0..<image.channels { body((b * image.pixels + p) * image.channels + c, (b * image.channels + c) * image.pixels + p) }
      }
    }
  }
}
