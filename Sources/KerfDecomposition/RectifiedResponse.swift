/// `r(v) = a·v` below 0, `v` between 0 and `upper`, `upper` above.
public struct Rectifier: Sendable, Equatable {
  /// `a`, 0 for ReLU.
  public let negativeSlope: Double
  /// Infinite for ReLU, 6 for ReLU6.
  public let upper: Double

  public init(negativeSlope: Double = 0, upper: Double = .infinity) {
    self.negativeSlope = negativeSlope
    self.upper = upper
  }

  public func callAsFunction(_ value: Double) -> Double { value < 0 ? negativeSlope * value : min(value, upper) }

  /// `r'`.
  public func slope(_ value: Double) -> Double { value <= 0 ? negativeSlope : value < upper ? 1 : 0 }

  /// `argmin_z (r(y) − r(z))² + λ(z − ŷ)²`: the best of the minima on each piece of `r`.
  package func relaxed(target y: Double, response: Double, penalty: Double) -> Double {
    let (wanted, a) = (self(y), negativeSlope)
    let below = min(0, (a * wanted + penalty * response) / (a * a + penalty))
    let between = min(upper, max(0, (wanted + penalty * response) / (1 + penalty)))
    func cost(_ z: Double, _ made: Double) -> Double {
      (wanted - made) * (wanted - made) + penalty * (z - response) * (z - response)
    }
    var best = (z: below, cost: cost(below, a * below))
    let middle = cost(between, between)
    if middle < best.cost { best = (between, middle) }
    if upper < .infinity {
      let above = max(upper, response)
      if cost(above, upper) < best.cost { best.z = above }
    }
    return best.z
  }
}

/// Samples of what a layer sees and must give, where a rectifier follows it.
public struct RectifiedResponse: Sendable {
  public let rectifier: Rectifier
  /// For each group its patches `x̂ [rows × d]`, `d = C/g·∏k`, row-major, in the order of the kernel's unfolding.
  public let patches: [[Float]]
  /// For each group the original response `y [rows × N/g]`, row-major, with the bias in it.
  public let responses: [[Float]]
  public let rows: Int

  public init(rectifier: Rectifier, patches: [[Float]], responses: [[Float]], rows: Int) {
    self.rectifier = rectifier
    self.patches = patches
    self.responses = responses
    self.rows = rows
  }

  /// Checks every shape against the kernel's.
  func validate(for kernel: ConvolutionKernel, method: String) throws(DecompositionError) {
    let good =
      rows > 0 && patches.count == kernel.groups && responses.count == kernel.groups
      && patches.allSatisfy { $0.count == rows * kernel.unfoldedColumns }
      && responses.allSatisfy { $0.count == rows * kernel.outputsPerGroup }
    guard good else {
      throw DecompositionError(
        .momentsMismatch, method: method,
        "samples of \(patches.map(\.count)) and \(responses.map(\.count)) values are not \(rows) rows of \(kernel.unfoldedColumns) and "
          + "\(kernel.outputsPerGroup) for each of \(kernel.groups) groups")
    }
  }
}
