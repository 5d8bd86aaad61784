import KerfAlgebra

extension LayerForm {
  /// Norm and sensitivity as shares of `‖W‖²`, of all groups together; `nil` for a form that is no canonical polyadic one.
  public func cpQuality(of kernel: ConvolutionKernel) -> CPQuality? {
    let layout: CPLayout
    switch method {
    case CPMethod.name: layout = CPLayout(separating: kernel)
    case CPSpatialMethod.name: layout = CPLayout(merging: kernel)
    default: return nil
    }
    guard let groups = layout.factors(of: self, method: method) else { return nil }
    let energy = (0..<kernel.groups).reduce(0) { $0 + kernel.unfolded(group: $1).squaredNorm }
    guard energy > 0, var sum = groups.first.map({ CPQuality($0.modes) }) else { return nil }
    for other in groups.dropFirst() {
      let quality = CPQuality(other.modes)
      sum.norm += quality.norm
      sum.sensitivity += quality.sensitivity
    }
    (sum.norm, sum.sensitivity) = (sum.norm / energy, sum.sensitivity / energy)
    return sum
  }
}
