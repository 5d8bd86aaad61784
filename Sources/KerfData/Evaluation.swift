/// The card's metrics over the outputs of a network, gathered batch by batch.
public struct Evaluation: Sendable {
  private let card: DataCard
  /// One list a metric, one score a picture, in the order of adding.
  public private(set) var scores: [[Double]]

  public init(card: DataCard) {
    self.card = card
    scores = card.metrics.map { _ in [] }
  }

  /// Scores a batch.
  ///
  /// - Parameters:
  ///   - output: the network's output, one sample after the other.
  ///   - shape: its shape, `[N, …]`.
  ///   - original: the original network's output for the batch, where the card ``DataCard/comparesWithOriginal``.
  /// - Throws: `.mismatch`, naming the picture, where the output does not fit the batch or the target.
  public mutating func add(_ output: [Float], shape: [Int], original: [Float]? = nil, for batch: Batch) throws(DataError) {
    let count = batch.samples.count
    guard shape.first == count, shape.reduce(1, *) == output.count, !output.isEmpty else {
      throw DataError(.mismatch, "the network's output of shape \(shape) does not fit a batch of \(count)")
    }
    guard original.map({ $0.count == output.count }) ?? true else {
      throw DataError(.mismatch, "the original gives \(original?.count ?? 0) values, the network \(output.count)")
    }
    let size = output.count / count
    let one = [1] + shape.dropFirst()
    for (position, sample) in batch.samples.enumerated() {
      let part = (position * size)..<((position + 1) * size)
      let (values, own) = (Array(output[part]), original.map { Array($0[part]) })
      for (index, metric) in card.metrics.enumerated() {
        do {
          scores[index].append(try metric.score(values, shape: one, target: sample.target, original: own, rules: card.output))
        } catch { throw error.located(at: sample.name) }
      }
    }
  }

  /// The figures, the card's own metric first; empty before anything was added.
  public var measurements: [Measurement] {
    zip(card.metrics, scores).compactMap { metric, scores in scores.isEmpty ? nil : Measurement(of: metric, scores: scores) }
  }
}
