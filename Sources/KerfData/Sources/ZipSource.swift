/// Pictures in a zip archive as `LABEL/NAME`, in the order of their paths' bytes; the last folder is the class.
struct ZipSource: ImageSource {
  static let kind = "zip"

  let path: CardPath
  let pattern: String

  init(from section: inout CardSection) throws(DataError) {
    path = try section.path("path")
    pattern = try section.optionalText("files") ?? "*"
  }

  func open() throws(DataError) -> any OpenSource {
    let path = try path.resolved()
    let archive: ZipArchive
    do { archive = try ZipArchive(try Files.read(path)) } catch { throw error.located(at: path) }
    let entries = archive.entries
      .filter { !$0.name.hasSuffix("/") && Files.matches($0.name, pattern) }
      .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    return Open(path: path, archive: archive, entries: entries)
  }

  private struct Open: OpenSource {
    let path: String
    let archive: ZipArchive
    let entries: [ZipArchive.Entry]

    var count: Int { entries.count }
    func name(at index: Int) -> String { "\(path)/\(entries[index].name)" }
    var files: [String] { [path] }

    func item(at index: Int) throws(DataError) -> SourceItem {
      let folders = entries[index].name.split(separator: "/").dropLast()
      do {
        let image = try Image(decoding: try archive.contents(of: entries[index]))
        return SourceItem(name: name(at: index), image: image, label: folders.last.flatMap { Int($0) })
      } catch { throw error.located(at: name(at: index)) }
    }
  }
}
