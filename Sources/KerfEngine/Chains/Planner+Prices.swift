extension Planner {
  /// What parts of chains cost: by estimate, or as measured here and now or earlier.
  func prices(batch: Int) -> any ChainPrices {
    if options.planning == .estimate { return EstimatedPrices() }
    return MeasuredPrices(options, wisdom, batch: batch, evicts: evicts)
  }

  /// What is measured of the ways to run a stage's layers begins so.
  func measurementKey(_ choice: ChainPlanner.Choice, _ chain: Chain) -> String {
    MeasuredPrices.key([choice], of: chain.layers, batch: chain.batch, options, evicts: evicts).split(separator: " ").dropLast()
      .joined(separator: " ") + " "
  }
}
