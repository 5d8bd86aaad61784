import Synchronization

/// The pictures of one split of a card, read when they are asked for.
///
///     let dataset = try Dataset(card: card, split: "test", limit: 100)
///     for sample in dataset { … }        // those that can be read, in order
///     dataset.problems                   // those that cannot, with the reason
///
/// What it gives depends on the card and the files alone, not on the order of reading, on threads or on the machine.
public final class Dataset: Sendable, Sequence {
  public let card: DataCard
  public let split: Split
  private let source: any OpenSource
  private let indices: [Int]
  private let found = Mutex<[Int: Problem]>([:])

  /// Finds the split's pictures and reads the first that can be used.
  ///
  /// - Parameters:
  ///   - limit: no more than so many pictures.
  ///   - spread: take them evenly from the whole split (number k is the split's ⌊k · count / limit⌋), not its first ones. Sets that are
  ///     sorted by class need it where few pictures must stand for all, as in calibration.
  /// - Throws: `.split` where the card has no such split, the split holds no picture, or none of its pictures can be used (with the first
  ///   reasons); `.environment`, `.file` and `.format` where the source cannot be opened.
  public init(card: DataCard, split name: String, limit: Int? = nil, spread: Bool = false) throws(DataError) {
    self.card = card
    split = try card.split(name)
    guard let described = card.sources[split.source] else {
      throw DataError(.card, at: card.file, "no source '\(split.source)'")
    }
    source = try described.open()
    let all = split.rule.indices(count: source.count)
    let kept = Swift.min(Swift.max(0, limit ?? all.count), all.count)
    indices = (0..<kept).map { all[spread ? $0 * all.count / kept : $0] }
    guard !indices.isEmpty else {
      throw DataError(.split, at: card.file, "the split '\(name)' holds none of the \(source.count) pictures of '\(split.source)'")
    }
    var samples = makeIterator()
    guard samples.next() != nil else {
      let reasons = problems.prefix(3).map(\.description).joined(separator: "; ")
      throw DataError(.split, at: card.file, "none of the \(indices.count) pictures of the split '\(name)' can be used: \(reasons)")
    }
  }

  /// How many pictures the split holds (at most the limit), those that cannot be read included.
  public var count: Int { indices.count }

  /// The files that the split's source reads, one a line, with what differs when one of them is replaced: what was measured of the pictures holds for these.
  public var state: String { source.files.map(Files.state).joined(separator: "\n") }

  /// The pictures left out so far, in the order of the split.
  public var problems: [Problem] { found.withLock { all in all.sorted { $0.key < $1.key }.map(\.value) } }

  /// The picture at a place of the split.
  ///
  /// - Precondition: `0 <= position < count`.
  /// - Throws: `.file`, `.format` or `.mismatch` naming the picture.
  public func sample(at position: Int) throws(DataError) -> Sample {
    let index = indices[position]
    let name = source.name(at: index)
    do {
      let item = try source.item(at: index)
      let (picture, target) = try card.task.pose(item, index: index, colour: card.colour, prepare: card.prepare)
      return Sample(
        index: index, name: name, input: card.input.values(of: picture),
        shape: card.input.shape(width: picture.width, height: picture.height, channels: picture.channels), target: target,
        picture: card.colour.restore(picture))
    } catch { throw error.located(at: name) }
  }

  /// The samples that can be used, in order; the others go to ``problems``.
  public struct Iterator: IteratorProtocol {
    fileprivate let dataset: Dataset
    fileprivate var position = 0

    public mutating func next() -> Sample? {
      while position < dataset.count {
        defer { position += 1 }
        do { return try dataset.sample(at: position) } catch {
          dataset.record(error, at: position)
        }
      }
      return nil
    }
  }

  public func makeIterator() -> Iterator { Iterator(dataset: self) }

  /// The samples in order, consecutive ones of the same shape together, at most `size` of them.
  public func batches(of size: Int) -> Batches { Batches(samples: makeIterator(), size: Swift.max(1, size)) }

  public struct Batches: Sequence, IteratorProtocol {
    fileprivate var samples: Iterator
    fileprivate let size: Int
    private var held: Sample?

    fileprivate init(samples: Iterator, size: Int) {
      self.samples = samples
      self.size = size
    }

    public mutating func next() -> Batch? {
      var group: [Sample] = []
      while group.count < size, let sample = held ?? samples.next() {
        held = nil
        guard group.isEmpty || group[0].shape == sample.shape else {
          held = sample
          break
        }
        group.append(sample)
      }
      return group.isEmpty ? nil : Batch(group)
    }
  }

  private func record(_ error: DataError, at position: Int) {
    let problem = Problem(name: error.place ?? source.name(at: indices[position]), reason: error.message)
    found.withLock { $0[position] = problem }
  }
}
