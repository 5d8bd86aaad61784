extension Sequence<Int> {
  /// The product of the extents of a shape, or `Int.max` where it is larger: whatever a file states, it does not trap.
  package var saturatingProduct: Int {
    var product = 1
    var saturated = false
    for extent in self {
      if extent == 0 { return 0 }
      let (next, overflow) = product.multipliedReportingOverflow(by: extent)
      if overflow { saturated = true } else { product = next }
    }
    return saturated ? .max : product
  }
}
