/// Arithmetic on shapes that any file can state: what overflows or does not fit throws, nothing traps.
package enum Extents {
  /// Most elements that one tensor may have. Above it a file asks for memory that no network needs.
  package static let mostElements = 1 << 31

  /// Product of the extents.
  /// - Throws: `GraphError.value` where an extent is negative or the product is above `mostElements`.
  package static func count(_ shape: [Int], node: String) throws(GraphError) -> Int {
    var product = 1
    var isEmpty = false
    for extent in shape {
      if extent < 0 { throw GraphError(.value, node: node, "shape \(shape) has a negative extent") }
      if extent == 0 {
        isEmpty = true
        continue
      }
      let (next, overflow) = product.multipliedReportingOverflow(by: extent)
      if overflow || next > mostElements {
        throw GraphError(.value, node: node, "shape \(shape) has more than \(mostElements) elements")
      }
      product = next
    }
    return isEmpty ? 0 : product
  }

  /// An axis counted from the front: −1 is the last of `rank`.
  package static func axis(_ axis: Int, rank: Int, node: String) throws(GraphError) -> Int {
    guard axis >= -rank, axis < rank else { throw GraphError(.shape, node: node, "axis \(axis) is outside of rank \(rank)") }
    return axis < 0 ? axis + rank : axis
  }

  /// Axes counted from the front, each at most once.
  package static func axes(_ list: [Int], rank: Int, node: String) throws(GraphError) -> [Int] {
    var axes: [Int] = []
    for entry in list {
      let axis = try axis(entry, rank: rank, node: node)
      if axes.contains(axis) { throw GraphError(.shape, node: node, "axis \(axis) is named twice in \(list)") }
      axes.append(axis)
    }
    return axes
  }

  /// Elements from one index to the next along each axis, row-major.
  package static func strides(_ shape: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    for i in shape.indices.dropLast().reversed() { strides[i] = strides[i + 1] * shape[i + 1] }
    return strides
  }

  /// NumPy's broadcast: shapes are aligned at their last axis, an extent of 1 stretches.
  /// - Throws: `GraphError.shape` where two extents differ and neither is 1.
  package static func broadcast(_ shapes: [[Int]], node: String) throws(GraphError) -> [Int] {
    try broadcast(shapes.map { $0.map { .fixed($0) } }, node: node).compactMap(\.value)
  }

  /// The broadcast where extents may be symbolic: a symbol meets a number above 1 as that number, another symbol as unknown.
  package static func broadcast(_ shapes: [[Dimension]], node: String) throws(GraphError) -> [Dimension] {
    let rank = shapes.map(\.count).max() ?? 0
    var result = [Dimension](repeating: .fixed(1), count: rank)
    for shape in shapes {
      for (i, dimension) in shape.enumerated() {
        let at = rank - shape.count + i
        switch (result[at], dimension) {
        case (let held, let new) where held == new: break
        case (.fixed(1), let new): result[at] = new
        case (_, .fixed(1)): break
        case (.fixed(let held), .fixed(let new)):
          throw GraphError(.shape, node: node, "extents \(held) and \(new) do not broadcast")
        case (.fixed, _): break
        case (_, .fixed(let new)): result[at] = .fixed(new)
        default: result[at] = .unknown
        }
      }
    }
    return result
  }
}

extension Array where Element == Dimension {
  /// The extents where each is a number.
  package var fixed: [Int]? {
    let extents = compactMap(\.value)
    return extents.count == count ? extents : nil
  }
}
