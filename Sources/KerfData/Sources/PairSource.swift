/// Pictures in two folders under the same names: as they should be, and as the network gets them.
struct PairSource: ImageSource {
  static let kind = "pairs"

  let target: CardPath
  let input: CardPath
  let pattern: String

  init(from section: inout CardSection) throws(DataError) {
    target = try section.path("target")
    input = try section.path("input")
    pattern = try section.optionalText("files") ?? "*"
  }

  func open() throws(DataError) -> any OpenSource {
    let target = try target.resolved()
    return Open(target: target, input: try input.resolved(), names: try Files.list(target, matching: pattern))
  }

  private struct Open: OpenSource {
    let target: String
    let input: String
    let names: [String]

    var count: Int { names.count }
    func name(at index: Int) -> String { names[index] }
    var files: [String] { names.flatMap { ["\(target)/\($0)", "\(input)/\($0)"] } }

    func item(at index: Int) throws(DataError) -> SourceItem {
      let name = names[index]
      return SourceItem(
        name: name, image: try Image(contentsOf: "\(target)/\(name)"), degraded: try Image(contentsOf: "\(input)/\(name)"))
    }
  }
}
