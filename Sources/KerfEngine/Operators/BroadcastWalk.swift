import KerfGraph

/// How two operands of different shapes walk together over the shape that they broadcast to.
///
/// Neighbouring axes along which both operands go on in the same way are merged, so that equal shapes, scalars and channel
/// biases all end in one long inner loop.
struct BroadcastWalk {
  let shape: [Int]
  private let aCount: Int
  private let bCount: Int
  /// Merged axes, outermost first: extent, and the step (0 where stretched) of each operand.
  private let axes: [(extent: Int, a: Int, b: Int)]

  init(_ a: [Int], _ b: [Int]) throws(EngineError) {
    shape = try EngineError.from { () throws(GraphError) in
      let shape = try Extents.broadcast([a, b], node: "")
      _ = try Extents.count(shape, node: "")
      return shape
    }
    aCount = a.reduce(1, *)
    bCount = b.reduce(1, *)
    var merged: [(extent: Int, a: Int, b: Int)] = []
    var aStride = 1
    var bStride = 1
    // Innermost first; an axis joins the one inside of it where each operand's step goes on or stays stretched.
    for k in 1..<shape.count + 1 {
      let extent = shape[shape.count - k]
      let aExtent = k <= a.count ? a[a.count - k] : 1
      let bExtent = k <= b.count ? b[b.count - k] : 1
      let step = (extent: extent, a: aExtent == 1 ? 0 : aStride, b: bExtent == 1 ? 0 : bStride)
      aStride *= aExtent
      bStride *= bExtent
      if extent == 1 { continue }
      if let last = merged.last, (last.a == 0) == (step.a == 0), (last.b == 0) == (step.b == 0) {
        merged[merged.count - 1].extent *= extent
      } else {
        merged.append(step)
      }
    }
    axes = merged.isEmpty ? [(1, 1, 1)] : merged.reversed()
  }

  /// `y[i] = f(a[i], b[i])` over the broadcast shape. Inlined, so that the closure of a hot loop is part of the loop.
  @inline(__always)
  func map<T, R>(_ a: [T], _ b: [T], _ f: (T, T) -> R) -> [R] {
    precondition(a.count == aCount && b.count == bCount, "operands do not have the shapes of the walk")
    let count = shape.reduce(1, *)
    if count == 0 { return [] }
    let inner = axes[axes.count - 1]
    let outer = Array(axes.dropLast())
    var index = [Int](repeating: 0, count: outer.count)
    // SAFETY: offsets stay below Σ (extent − 1)·step < a.count (b.count), which the precondition ties to the shapes that the steps
    // were made from; the output is written once for each of `count` positions, in order.
    return a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        [R](unsafeUninitializedCapacity: count) { y, written in
          guard let start = y.baseAddress else { return }
          var p = 0
          var q = 0
          var at = 0
          while at < count {
            if inner.a == 0 {
              let left = a[p]
              for i in 0..<inner.extent { (start + at + i).initialize(to: f(left, b[q + i])) }
            } else if inner.b == 0 {
              let right = b[q]
              for i in 0..<inner.extent { (start + at + i).initialize(to: f(a[p + i], right)) }
            } else {
              for i in 0..<inner.extent { (start + at + i).initialize(to: f(a[p + i], b[q + i])) }
            }
            at += inner.extent
            var k = outer.count - 1
            while k >= 0 {
              index[k] += 1
              p += outer[k].a
              q += outer[k].b
              if index[k] < outer[k].extent { break }
              p -= outer[k].a * outer[k].extent
              q -= outer[k].b * outer[k].extent
              index[k] = 0
              k -= 1
            }
          }
          written = count
        }
      }
    }
  }

  /// `map` with the closure called for each element: for element types and operations that no network spends time in.
  @inline(never)
  func mapIndirectly<T, R>(_ a: [T], _ b: [T], _ f: (T, T) -> R) -> [R] { map(a, b, f) }
}
