/// Pictures in one folder, in the order of their names' bytes; or those of a list with their classes, in its order.
struct FolderSource: ImageSource {
  static let kind = "folder"

  let folder: CardPath
  let pattern: String
  let labels: CardPath?

  init(from section: inout CardSection) throws(DataError) {
    folder = try section.path("path")
    pattern = try section.optionalText("files") ?? "*"
    labels = try section.optionalPath("labels")
  }

  func open() throws(DataError) -> any OpenSource {
    let folder = try folder.resolved()
    guard let labels = try labels?.resolved() else {
      return Open(folder: folder, names: try Files.list(folder, matching: pattern), labels: nil, list: nil)
    }
    // One line a picture: file, class, then anything.
    let text = String(decoding: try Files.read(labels), as: UTF8.self)
    var names: [String] = []
    var classes: [Int] = []
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let fields = line.split(whereSeparator: \.isWhitespace)
      if fields.isEmpty { continue }
      guard fields.count >= 2, let label = Int(fields[1]), label >= 0 else {
        throw DataError(.format, at: "\(labels):\(number + 1)", "must be a file name and a class number, not '\(line)'")
      }
      guard Files.matches(String(fields[0]), pattern) else { continue }
      names.append(String(fields[0]))
      classes.append(label)
    }
    return Open(folder: folder, names: names, labels: classes, list: labels)
  }

  private struct Open: OpenSource {
    let folder: String
    let names: [String]
    let labels: [Int]?
    let list: String?

    var count: Int { names.count }
    func name(at index: Int) -> String { names[index] }
    var files: [String] { (list.map { [$0] } ?? []) + names.map { "\(folder)/\($0)" } }

    func item(at index: Int) throws(DataError) -> SourceItem {
      let image = try Image(contentsOf: "\(folder)/\(names[index])")
      return SourceItem(name: names[index], image: image, label: labels?[index])
    }
  }
}
