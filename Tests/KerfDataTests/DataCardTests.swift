import Foundation
import KerfData
import Testing

@Suite struct DataCardTests {
  /// The cards that come with Kerf.
  static let cards: [String] = {
    let folder = Golden.root.appendingPathComponent("Cards")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".yaml") }.sorted().map { folder.appendingPathComponent($0).path }
  }()

  @Test("Every card that comes with Kerf is read, and has the splits that compression needs", arguments: cards)
  func shipped(path: String) throws {
    let card = try DataCard(contentsOf: path)
    for name in ["calibration", "validation", "test"] { #expect(try card.split(name).name == name) }
    #expect(path.hasSuffix("/\(card.name).yaml"))
  }

  @Test("There are cards to test") func anyCards() { #expect(Self.cards.count >= 11) }

  struct Mistake: Sendable, CustomTestStringConvertibleByName {
    let name: String
    /// The part of ``card(_:)`` that is wrong, and how it is written.
    let part: String
    let text: String
    let expected: [String]

    init(_ name: String, _ part: String, _ text: String, says expected: String...) {
      self.name = name
      self.part = part
      self.text = text
      self.expected = expected
    }
  }

  static let mistakes = [
    Mistake("unknown key", "more", "colur: grey", says: "card.yaml:11", "unknown key 'colur'", "colour"),
    Mistake("unknown key of a task", "task", "{ kind: denoise, sigma: 1, sigm: 2 }", says: "card.yaml:2", "'task.sigm'", "sigma"),
    Mistake("missing key", "task", "{ kind: denoise }", says: "card.yaml:2", "'task.sigma' is missing"),
    Mistake("negative noise", "task", "{ kind: denoise, sigma: -1 }", says: "must not be negative"),
    Mistake("no number", "task", "{ kind: denoise, sigma: many }", says: "must be a number, not 'many'"),
    Mistake("no finite number", "task", "{ kind: denoise, sigma: nan }", says: "must be a number, not 'nan'"),
    Mistake("unknown task", "task", "{ kind: dream }", says: "classify, denoise, super-resolution", "'dream'"),
    Mistake("task that is a word", "task", "denoise", says: "'task' must be a mapping"),
    Mistake("unknown colour", "colour", "gray", says: "card.yaml:3", "grey, rgb, bgr, luma"),
    Mistake("unknown metric", "metric", "{ kind: nice }", says: "top-1, top-5, psnr, kept-psnr, psnr-to-original, ssim"),
    Mistake("metric of another task", "metric", "{ kind: top-1 }", says: "'top-1' does not judge"),
    Mistake("no metric", "metric", "", says: "at least one metric"),
    Mistake("mean of a wrong length", "input", "{ mean: [1, 2] }", says: "'input.mean' must be one number or 1, not 2"),
    Mistake("no spread", "input", "{ std: 0 }", says: "'input.std' must be above 0"),
    Mistake("clip the wrong way round", "output", "{ clip: [1, 0] }", says: "'output.clip'", "lower first"),
    Mistake("unknown source kind", "source", "{ kind: web }", says: "folder, pairs, cifar, idx, zip, npy"),
    Mistake("path without its brace", "source", "{ kind: folder, path: \"${X\" }", says: "'${' without its '}'"),
    Mistake("split without its source", "splits", "{ test: { source: t } }", says: "card's sources (s), not 't'"),
    Mistake("offset outside", "splits", "{ test: { source: s, every: 4, offsets: [4] } }", says: "0..<4"),
    Mistake("offsets without every", "splits", "{ test: { source: s, offsets: [0] } }", says: "'every'"),
    Mistake("an empty range", "splits", "{ test: { source: s, from: 5, to: 5 } }", says: "must be above 'from' (5)"),
    Mistake("a period too long", "splits", "{ test: { source: s, every: 1001, offsets: [0] } }", says: "1...1000"),
    Mistake("no split", "splits", "{}", says: "at least one split"),
    Mistake("a key given twice", "more", "colour: rgb", says: "card.yaml"),
    Mistake("no YAML", "more", "a: [", says: "card.yaml", "YAML"),
    Mistake(
      "test shares with calibration", "splits",
      "{ calibration: { source: s, every: 6, offsets: [3] }, test: { source: s, every: 4, offsets: [1], from: 2 } }",
      says: "'splits.test' shares picture 9 of 's' with 'calibration'"),
    Mistake("validation as a reference", "splits", "{ validation: { source: s, reference: true } }", says: "cannot be a reference"),
  ]

  @Test("A mistake in a card is an error with place and reason", arguments: mistakes)
  func mistake(_ mistake: Mistake) {
    let error = #expect(throws: DataError.self) {
      // Paths are looked into when the data are opened.
      _ = try Dataset(card: card([mistake.part: mistake.text]), split: "test")
    }
    #expect(error?.code == .card)
    for part in mistake.expected { #expect(error?.description.contains(part) == true, "\(String(describing: error)) should say \(part)") }
  }

  @Test("What is no mapping is no card", arguments: ["", "[1]", "word", "\u{1}\u{2}"]) func noMapping(yaml: String) {
    let error = #expect(throws: DataError.self) { try DataCard(yaml: yaml, file: "card.yaml") }
    #expect(error?.code == .card && error?.place?.hasPrefix("card.yaml") == true)
  }

  @Test("Splits that keep apart are accepted, and reference splits may cover everything") func disjoint() throws {
    let card = try card([
      "splits": """
      { calibration: { source: s, every: 6, offsets: [3] }, validation: { source: s, every: 4, offsets: [0, 2] },
          early: { source: s, to: 3, every: 6, offsets: [1] }, all: { source: s, reference: true } }
      """
    ])
    #expect(card.splits.map(\.name) == ["calibration", "validation", "early", "all"])
    #expect(card.splits.map(\.isReference) == [false, false, false, true])
  }

  @Test("A variable that is not set is named when the data are wanted, not before") func variable() throws {
    let card = try card(["source": "{ kind: folder, path: \"${KERF_NO_SUCH_VARIABLE}/x\" }"])
    let error = #expect(throws: DataError.self) { try Dataset(card: card, split: "test") }
    #expect(error?.code == .environment && error?.description.contains("KERF_NO_SUCH_VARIABLE") == true)
  }

  @Test("A missing card is an error that names it") func missing() {
    let error = #expect(throws: DataError.self) { try DataCard(contentsOf: "/no/such/card.yaml") }
    #expect(error?.code == .file && error?.place == "/no/such/card.yaml")
  }

  @Test("An unknown split is an error with those there are") func unknownSplit() throws {
    let card = try card([:])
    let error = #expect(throws: DataError.self) { try Dataset(card: card, split: "tset") }
    #expect(error?.code == .split && error?.message.contains("'tset'; the card has: test") == true)
  }
}
