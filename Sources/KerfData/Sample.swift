/// One picture, ready for a network.
public struct Sample: Sendable {
  /// The picture's number in its source.
  public let index: Int
  public let name: String
  /// In the order of `shape`.
  public let input: [Float]
  /// Batch extent 1 included: `[1, C, H, W]` or `[1, H, W, C]`.
  public let shape: [Int]
  public let target: Target
  /// The input as a picture to look at, grey or R, G, B, before the scaling of the network's numbers.
  public let picture: Image
}

/// Samples of one shape, stacked.
public struct Batch: Sendable {
  public let samples: [Sample]

  /// - Precondition: there is a sample, and all have the same shape.
  init(_ samples: [Sample]) {
    precondition(Set(samples.map(\.shape)).count == 1, "a batch has samples of one shape")
    self.samples = samples
  }

  /// `[N, …]`
  public var shape: [Int] { [samples.count] + samples[0].shape.dropFirst() }

  /// The inputs one after the other.
  public var input: [Float] { samples.flatMap(\.input) }
}

/// A picture that was left out, and why.
public struct Problem: Sendable, Equatable, CustomStringConvertible {
  public let name: String
  public let reason: String

  public var description: String { "\(name): \(reason)" }
}
