import KerfData
import KerfEngine
import KerfGraph

/// A data card seen through a network: its pictures as tensors of the network's input, its metrics over the network's output.
public struct NetworkData: Sendable {
  /// How many pictures of each split to use, at most; `nil` takes all.
  public struct Limits: Sendable {
    public var calibration: Int?
    public var validation: Int?
    public var test: Int?
    /// Of pictures to fit on only the middle, so many pixels high and wide, where the network takes any size: factors are fitted on a sample of
    /// positions anyway. `nil` takes all of them.
    public var calibrationEdge: Int?

    public init(calibration: Int? = 16, validation: Int? = nil, test: Int? = nil, calibrationEdge: Int? = nil) {
      self.calibration = calibration
      self.validation = validation
      self.test = test
      self.calibrationEdge = calibrationEdge
    }
  }

  /// Elements of the inputs of one batch: enough for the engine, and few, since the values of large batches are memory that the system gives afresh
  /// every time, which takes longer than the layers.
  private static let batchElements = 30_000

  public let card: DataCard
  private let input: String
  private let output: String
  /// Whether the network leaves the extents of its pictures `[B, C, H, W]` open.
  private let takesAnySize: Bool
  private let options: EngineOptions
  private let original: Model

  /// - Parameter model: the original network, which those that are evaluated are compared with where the card says so.
  /// - Throws: `CompressionError.data` where the network does not have one input to feed pictures to.
  public init(card: DataCard, model: Model, options: EngineOptions) throws(CompressionError) {
    let defaults = Set(model.graph.initializers.map(\.name))
    let feeds = model.graph.inputs.filter { !defaults.contains($0.name) }
    guard feeds.count == 1, let output = model.graph.outputs.first else {
      throw CompressionError(
        .data, "a data card feeds one input; the network has \(feeds.count): \(feeds.map(\.name).joined(separator: ", "))")
    }
    self.card = card
    original = model
    self.input = feeds[0].name
    var isOpen = false
    if case .tensor(_, let dimensions?) = feeds[0].type { isOpen = dimensions.dropFirst(2).allSatisfy { $0.value == nil } }
    takesAnySize = isOpen && type(of: card.task).givesImages && card.input.layout == .nchw
    self.output = output.name
    self.options = options
  }

  /// The card's figures for a network on one split, the card's own metric first, and the pictures that could not be used.
  /// - Parameter spread: whether a limit takes pictures from all over the split, or the first ones.
  public func evaluate(
    _ model: Model, split: String, limit: Int? = nil, spread: Bool = false, progress: (Int, Int) -> Void = { _, _ in }
  ) throws -> (measurements: [Measurement], problems: [Problem]) {
    let dataset = try Dataset(card: card, split: split, limit: limit, spread: spread)
    var evaluation = Evaluation(card: card)
    let session = try Session(model, options: options)
    let reference = try card.comparesWithOriginal ? Session(original, options: EngineOptions(threads: options.threads)) : nil
    var done = 0
    progress(0, dataset.count)
    for batch in dataset.batches(of: try batchSize(dataset)) {
      let pictures = Tensor(batch.input, shape: batch.shape)
      let (values, shape) = try result(of: session, for: pictures)
      try evaluation.add(values, shape: shape, original: reference.map { try result(of: $0, for: pictures).values }, for: batch)
      done += batch.samples.count
      progress(done, dataset.count)
    }
    return (evaluation.measurements, dataset.problems)
  }

  private func result(of session: Session, for pictures: Tensor) throws -> (values: [Float], shape: [Int]) {
    guard let result = try session.run([input: pictures])[output], let values = result.floats() else {
      throw CompressionError(.data, "the network's output '\(output)' is not numeric")
    }
    return (values, result.shape)
  }

  /// The data of a compression run.
  /// - Parameters:
  ///   - testSplit: the split to report on; nothing else sees it.
  ///   - timing: the shape to time at, or `nil` for that of the first test picture.
  public func compressionData(limits: Limits, testSplit: String, timing shape: [Int]?) throws -> CompressionData {
    for chooser in ["calibration", "validation"] where chooser == testSplit {
      throw CompressionError(.data, "'\(testSplit)' chooses the network; it must not report it")
    }
    if try card.split(testSplit).isReference {
      throw CompressionError(.data, "'\(testSplit)' is a reference split: it may hold pictures that the network is fitted on or chosen by")
    }
    // Sets are often sorted by class: pictures spread over the split see all of them.
    let dataset = try Dataset(card: card, split: "calibration", limit: limits.calibration, spread: true)
    var calibration: [[String: Tensor]] = []
    var count = 0
    for batch in dataset.batches(of: try batchSize(dataset)) {
      let pictures = Tensor(batch.input, shape: batch.shape)
      calibration.append([input: takesAnySize ? Self.middle(of: pictures, atMost: limits.calibrationEdge ?? .max) : pictures])
      count += batch.samples.count
    }
    let timing = try timingInput(shape, testSplit: testSplit)
    return CompressionData(
      card: Recipe.Data(
        card: card.file, sha256: ContentHash.hexadecimal(of: Array(card.yaml.utf8)), calibration: count,
        edge: takesAnySize ? limits.calibrationEdge : nil),
      calibration: calibration, timing: [input: timing], calibrationState: state(dataset),
      images: "\(limits) \(testSplit) "
        + ["validation", testSplit].compactMap { try? Dataset(card: card, split: $0, limit: 1) }.map(state).joined(),
      validate: { try metric($0, split: "validation", limit: limits.validation) },
      test: { try metric($0, split: testSplit, limit: limits.test) },
      pictures: { try PictureGallery(card: card, input: input, output: output, options: options).rows($0, $1, split: testSplit) })
  }

  private func state(_ dataset: Dataset) -> String { ContentHash.hexadecimal(of: Array(dataset.state.utf8)) }

  private func metric(_ model: Model, split: String, limit: Int?) throws -> MetricValue {
    let figures = try evaluate(model, split: split, limit: limit, spread: true).measurements.map {
      MetricValue(name: $0.metric, value: $0.value, unit: $0.unit, count: $0.count, standardError: $0.standardError, split: split)
    }
    guard var metric = figures.first else { throw CompressionError(.data, "\(card.file): the split '\(split)' gives no figure") }
    metric.others = figures.count > 1 ? Array(figures.dropFirst()) : nil
    return metric
  }

  private func timingInput(_ shape: [Int]?, testSplit: String) throws -> Tensor {
    if let shape {
      return Tensor((0..<shape.reduce(1, *)).map { Float($0 % 251) / 251 }, shape: shape)
    }
    for sample in try Dataset(card: card, split: testSplit, limit: 1) { return Tensor(sample.input, shape: sample.shape) }
    throw CompressionError(.data, "\(card.file): the split '\(testSplit)' has no picture to time")
  }

  /// How many images to fit on where nobody says: 16 to 512, as many as have five million pixels.
  /// - Parameter edge: of each at most so many pixels high and wide, as in `Limits.calibrationEdge`.
  public func standardCalibration(edge: Int?) throws -> Int {
    let shape = try Dataset(card: card, split: "calibration", limit: 1).first { _ in true }?.shape ?? []
    let extents = card.input.layout == .nchw ? shape.suffix(2) : shape.dropFirst().prefix(2)
    let pixels = extents.reduce(1) { $0 * (takesAnySize ? min($1, edge ?? $1) : $1) }
    return min(max(5_200_000 / max(1, pixels), 16), 512)
  }

  private func batchSize(_ dataset: Dataset) throws -> Int {
    guard let first = dataset.first(where: { _ in true }) else { return 1 }
    return max(1, min(64, Self.batchElements / max(1, first.input.count)))
  }
}
