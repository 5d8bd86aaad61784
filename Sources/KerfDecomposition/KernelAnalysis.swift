import KerfAlgebra

/// What theory says about a kernel before anything is factorized: spectra, conditioning, crossover ranks.
public struct KernelAnalysis: Sendable {
  /// The singular values of one unfolding, of all groups.
  public struct Spectrum: Sendable, Equatable {
    /// The form whose rank they bound: `"channel"`, `"channel-in"`, `"spatial"` (vertical first), `"spatial-horizontal"`, `"fc-svd"`.
    public let name: String
    /// Rows and columns of one group's unfolding.
    public let shape: [Int]
    /// Descending; of a grouped kernel the root mean square over the groups, place by place.
    public let values: [Double]

    /// `‖W‖_F² / ‖W‖_2²`, between 1 and the rank.
    public var stableRank: Double {
      guard let first = values.first, first > 0 else { return 0 }
      return values.reduce(0) { $0 + $1 * $1 } / (first * first)
    }
    /// `σ_max / σ_min`; infinite for a rank-deficient unfolding.
    public var conditionNumber: Double {
      guard let first = values.first, let last = values.last else { return 1 }
      return last > 0 ? first / last : .infinity
    }
    /// The smallest rank that keeps the share of energy given, `Σ_{i≤K} σ_i² ≥ share · Σ σ_i²`.
    public func rank(forEnergy share: Double) -> Int {
      let total = values.reduce(0) { $0 + $1 * $1 }
      var kept = 0.0
      for (index, value) in values.enumerated() {
        kept += value * value
        if kept >= share * total { return index + 1 }
      }
      return values.count
    }
    /// The share of energy that rank `K` keeps.
    public func energy(atRank rank: Int) -> Double {
      let total = values.reduce(0) { $0 + $1 * $1 }
      return total > 0 ? values.prefix(rank).reduce(0) { $0 + $1 * $1 } / total : 1
    }
  }

  /// One method's standing on this kernel.
  public struct Form: Sendable, Equatable {
    public let method: String
    /// Why the method cannot take the kernel, `nil` if it can.
    public let reason: String?
    /// The largest rank that still saves MACs; `nil` where none does.
    public let crossoverRank: Rank?
  }

  public let spectra: [Spectrum]
  /// In the order of `MethodRegistry.all`.
  public let forms: [Form]
  /// `∏ of all mode sizes but the largest` of `[N/g, C/g, k…]`: an upper bound of the tensor rank.
  public let tensorRankBound: Int
  /// Typical rank of the bank of one group's filters `[N/g·C/g, kh, kw]`, and of `[N/g, C/g, ∏k]`; `nil` where no theorem tells.
  public let typicalRankOfBank, typicalRankOfMerged: [Int]?

  /// - Throws: `DecompositionError.numerical` where the kernel holds NaN or LAPACK fails.
  public init(_ kernel: ConvolutionKernel) throws(DecompositionError) {
    let axes = Array(kernel.spatial.indices)
    var spectra: [Spectrum] = []
    func add(_ name: String, _ split: AxisSplit) throws(DecompositionError) {
      let groups = try split.singularValues(method: "analysis")
      let count = groups.first?.count ?? 0
      let values = (0..<count).map { place in
        (groups.reduce(0) { $0 + $1[place] * $1[place] } / Double(groups.count)).squareRoot()
      }
      spectra.append(Spectrum(name: name, shape: [kernel.outputsPerGroup * split.outer, split.inner], values: values))
    }
    if kernel.taps == 1 {
      try add(FullyConnectedMethod.name, AxisSplit(kernel: kernel, innerAxes: axes))
    } else {
      try add(ChannelMethod.name, AxisSplit(kernel: kernel, innerAxes: axes))
      try add(ChannelInMethod.name, AxisSplit(kernel: kernel, innerAxes: []))
      if kernel.extendedAxes.count >= 2, let first = kernel.extendedAxes.first {
        try add(SpatialMethod.name, AxisSplit(kernel: kernel, innerAxes: [first]))
        try add(SpatialMethod.name + "-horizontal", AxisSplit(kernel: kernel, innerAxes: axes.filter { $0 != first }))
      }
    }
    self.spectra = spectra
    forms = MethodRegistry.all.map { method in
      let reason = method.applicability(to: kernel).reason
      return Form(
        method: method.name, reason: reason, crossoverRank: method.crossoverRank(for: kernel))
    }
    let (n, c) = (kernel.outputsPerGroup, kernel.inputsPerGroup)
    tensorRankBound = CPProblem.fullRank([n, c] + kernel.spatial)
    typicalRankOfBank = kernel.spatial.count == 2 ? Self.typicalRank(n * c, kernel.spatial[0], kernel.spatial[1]) : nil
    typicalRankOfMerged = Self.typicalRank(n, c, kernel.taps)
  }

  /// The ranks that real three-way tensors of random entries have with positive probability, for sizes in any order; with `I ≥ J ≥ K`:
  /// `JK ≤ I` → `JK`; `JK − J < I < JK` → `I`; `I = JK − J` → `I, I + 1`; `nil` beyond.
  ///
  /// - Reference: ten Berge, Psychometrika 2000; as in Petrescu's table 1.
  public static func typicalRank(_ sizes: Int...) -> [Int]? {
    let sorted = sizes.sorted(by: >)
    let (i, j, k) = (sorted[0], sorted[1], sorted[2])
    if j * k <= i { return [j * k] }
    if i > j * k - j { return [i] }
    return i == j * k - j ? [i, i + 1] : nil
  }
}
