/// What a network is to give for an input.
public enum Target: Sendable, Equatable {
  /// The output's number of the right class (the card's offset included).
  case label(Int)
  /// The picture it should be, grey or R, G, B, 0...255; luma where the card's colour is luma.
  case image(Image)
}

/// What a network is for: turns a source's picture into input and target. Add a task: one file here and one line in ``TaskRegistry``.
public protocol DataTask: Sendable {
  /// The word in the card's `kind`.
  static var kind: String { get }

  /// Whether the network's output is a picture.
  static var givesImages: Bool { get }

  /// Reads its own keys.
  init(from section: inout CardSection) throws(DataError)

  /// The picture as the network sees it (before scaling), in the card's colour, and the target.
  ///
  /// - Parameter index: the picture's number in its source; the only seed a task may take from it.
  func pose(_ item: SourceItem, index: Int, colour: Colour, prepare: [PrepareStep]) throws(DataError) -> (input: Image, target: Target)
}

/// The tasks.
public enum TaskRegistry {
  public static let all: [any DataTask.Type] = [
    ClassifyTask.self,
    DenoiseTask.self,
    SuperResolutionTask.self,
  ]

  static func make(from section: inout CardSection) throws(DataError) -> any DataTask {
    let kind = try section.text("kind")
    guard let type = all.first(where: { $0.kind == kind }) else {
      throw section.error("kind", "must be one of: \(all.map { $0.kind }.joined(separator: ", ")), not '\(kind)'")
    }
    let task = try type.init(from: &section)
    try section.finish()
    return task
  }
}

extension [PrepareStep] {
  func apply(to image: Image) throws(DataError) -> Image {
    var image = image
    for step in self { image = try step.apply(to: image) }
    return image
  }
}
