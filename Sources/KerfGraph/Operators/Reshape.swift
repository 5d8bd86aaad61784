/// The same elements under another shape: 0 copies the input's extent (unless `allowzero`), −1 takes what remains.
public struct Reshape: RearrangingOperator, Equatable {
  public static let opTypes = ["Reshape"]

  public let allowsZero: Bool
  private let label: String

  public init(_ node: Node, opset: Int) throws(GraphError) {
    allowsZero = try AttributeReader(node).bool("allowzero", default: false)
    label = node.label
  }

  /// The output's shape. Extents that cannot be known come out as unknown.
  /// - Throws: `GraphError.shape` where the sizes differ.
  private func shape(_ target: [Int], of input: [Dimension]?) throws(GraphError) -> [Dimension] {
    var result: [Dimension] = []
    var left = input
    var free: Int?
    var product = 1
    for (i, extent) in target.enumerated() {
      switch extent {
      case 0 where !allowsZero:
        if let input, i >= input.count {
          throw GraphError(.shape, node: label, "0 at axis \(i) copies from an input of rank \(input.count)")
        }
        result.append(input?[i] ?? .unknown)
        // A copied extent divides both sides.
        if let dimension = input?[i], let at = left?.firstIndex(of: dimension), dimension != .unknown, dimension != .fixed(0) {
          left?.remove(at: at)
        } else if let dimension = input?[i] {
          if let extent = dimension.value { product *= extent } else { left = nil }
        }
      case -1:
        if free != nil { throw GraphError(.shape, node: label, "\(target) has more than one −1") }
        free = i
        result.append(.unknown)
      default:
        result.append(.fixed(extent))
        product = try Extents.count([product, extent], node: label)
      }
    }
    guard let left else { return result }
    let open = left.filter { $0.value == nil }
    let held = try Extents.count(left.compactMap(\.value), node: label)
    if let free {
      if open.isEmpty, product == 0 ? held == 0 : held % product == 0 {
        result[free] = .fixed(product == 0 ? 0 : held / product)
      } else if open.isEmpty {
        throw GraphError(.shape, node: label, "\(held) elements do not fit into \(target)")
      } else if open.count == 1, held == product, held > 0 {
        result[free] = open[0]
      }
    } else if open.isEmpty, held != product {
      throw GraphError(.shape, node: label, "\(held) elements do not fit into \(target)")
    }
    return result
  }

  public func inferShapes(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let x = try inputs.required(0, "data", node: label)
    switch try inputs.list(1, "shape", node: label) {
    case .absent: throw GraphError(.structure, node: label, "input 1 (shape) is missing")
    case .unknown(let rank):
      if let rank, rank > 64 { throw GraphError(.shape, node: label, "rank \(rank)") }
      return [TensorInfo(x.type, rank.map { Array(repeating: .unknown, count: $0) })]
    case .known(let target): return [TensorInfo(x.type, try shape(target, of: x.shape))]
    }
  }

  public func rearrange(_ inputs: [Tensor?], count: Int) throws(GraphError) -> [Tensor] {
    let x = try inputs.required(0, "data", node: label)
    let target = try inputs.required(1, "shape", node: label).extents("shape", node: label)
    guard let extents = try shape(target, of: x.shape.map { .fixed($0) }).fixed else {
      throw GraphError(.shape, node: label, "\(x.count) elements do not fit into \(target)")
    }
    return [x.reshaped(to: extents)]
  }
}
