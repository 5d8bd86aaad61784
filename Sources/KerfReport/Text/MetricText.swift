import KerfCompression

extension MetricValue {
  /// Every figure before and after, the card's own first.
  static func pairs(_ before: MetricValue?, _ after: MetricValue?) -> [(known: MetricValue, before: MetricValue?, after: MetricValue?)] {
    func all(_ metric: MetricValue?) -> [MetricValue] { metric.map { [$0] + ($0.others ?? []) } ?? [] }
    let (old, new) = (all(before), all(after))
    return (0..<max(old.count, new.count)).map { place in
      let (before, after) = (place < old.count ? old[place] : nil, place < new.count ? new[place] : nil)
      return (old.count > new.count ? old[place] : new[place], before, after)
    }
  }

  /// `"−0.12"`; `"–"` where there is nothing to subtract from.
  static func change(_ before: MetricValue?, _ after: MetricValue?) -> String {
    guard let before, let after, !before.isEqual else { return "–" }
    return NumberText.signed(after.value - before.value, decimals: 3)
  }
}
