/// Which pictures of a source a split holds: those whose number i fulfils i mod `every` ∈ `offsets` and `from` ≤ i < `to`.
public struct SplitRule: Sendable, Equatable {
  public let every: Int
  public let offsets: [Int]
  public let from: Int
  /// `nil`: to the end.
  public let to: Int?

  init(from section: inout CardSection) throws(DataError) {
    let every = try section.optionalInteger("every", in: 1...1000)
    let offsets = try section.optionalNumbers("offsets")
    self.every = every ?? 1
    from = try section.optionalInteger("from", in: 0...1_000_000_000) ?? 0
    to = try section.optionalInteger("to", in: 1...1_000_000_000)
    self.offsets = offsets?.map { Int($0) } ?? [0]
    guard (every == nil) == (offsets == nil) else { throw section.error(nil, "needs both 'every' and 'offsets', or neither") }
    for (value, offset) in zip(offsets ?? [], self.offsets) where value != Double(offset) || !(0..<self.every).contains(offset) {
      throw section.error("offsets", "must be whole numbers in 0..<\(self.every)")
    }
    if let to, to <= from { throw section.error("to", "must be above 'from' (\(from))") }
  }

  func contains(_ index: Int) -> Bool {
    index >= from && index < to ?? Int.max && offsets.contains(index % every)
  }

  func indices(count: Int) -> [Int] { (0..<count).filter(contains) }

  /// The first number that both rules hold; `nil` where there is none.
  func overlap(with other: SplitRule) -> Int? {
    // Both rules repeat with the period every · other.every, which is at most a million.
    let start = max(from, other.from)
    return (start..<(start + every * other.every)).first { contains($0) && other.contains($0) }
  }
}
