import KerfGraph

extension MaxPool: ReferenceOperator {
  public func evaluate(_ inputs: [Tensor?], count: Int) throws(EngineError) -> [Tensor] {
    let outputs = try checkedOutputs(inputs, count: count, node: label)
    guard let x = inputs[0], let shape = outputs.first?.shape else { return [] }
    let storage: Tensor.Storage
    let places: [Int]
    switch x.storage {
    case .float(let e):
      places = try maxima(e, x.shape, shape)
      storage = .float(pick(e, places, -.infinity))
    case .double(let e):
      places = try maxima(e, x.shape, shape)
      storage = .double(pick(e, places, -.infinity))
    case .int8(let e):
      places = try maxima(e, x.shape, shape)
      storage = .int8(pick(e, places, .min))
    case .uint8(let e):
      places = try maxima(e, x.shape, shape)
      storage = .uint8(pick(e, places, .min))
    case .float16(let e):
      places = try maxima(x.floats() ?? [], x.shape, shape)
      storage = .float16(pick(e, places, 0xfc00))
    case .bfloat16(let e):
      places = try maxima(x.floats() ?? [], x.shape, shape)
      storage = .bfloat16(pick(e, places, 0xff80))
    default: throw EngineError(.unsupported, node: label, "MaxPool of \(x.type)")
    }
    let indices = Tensor(places.map { Int64(columnMajorIndices ? columnMajor($0, x.shape) : $0) }, shape: shape)
    return Array([Tensor(shape: shape, storage: storage), indices].prefix(count))
  }

  /// The place of each window's first largest element, or −1 for a window that lies in the padding.
  private func maxima<T: Comparable>(_ x: [T], _ input: [Int], _ output: [Int]) throws(EngineError) -> [Int] {
    var result: [Int] = []
    result.reserveCapacity(output.saturatingProduct)
    try pool.walk(input, output: output) { _, _, places in
      var best = places.first ?? -1
      for place in places where x[place] > x[best] { best = place }
      result.append(best)
    }
    return result
  }

  private func pick<T>(_ x: [T], _ places: [Int], _ lowest: T) -> [T] { places.map { $0 < 0 ? lowest : x[$0] } }

  /// The place counted with the first spatial axis fastest.
  private func columnMajor(_ place: Int, _ shape: [Int]) -> Int {
    guard place >= 0 else { return place }
    let spatial = shape[2...]
    let plane = spatial.saturatingProduct
    var rest = place % plane
    var step = plane
    var result = place - rest
    for extent in spatial.reversed() {
      step /= extent
      result += rest % extent * step
      rest /= extent
    }
    return result
  }
}
