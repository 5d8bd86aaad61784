#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The file system and the environment, as far as data cards need them; the only file of this room that imports Foundation.
enum Files {
  /// - Throws: `.file` naming the path, with the reason where it is known.
  static func read(_ path: String) throws(DataError) -> [UInt8] {
    var isFolder = false
    guard exists(path, isFolder: &isFolder) else { throw DataError(.file, at: path, "no such file") }
    guard !isFolder else { throw DataError(.file, at: path, "is a folder, not a file") }
    // Foundation leaks a page when it reads an empty file. The size's type depends on which Foundation is loaded, its text does not.
    if let size = (try? FileManager.default.attributesOfItem(atPath: path))?[.size], "\(size)" == "0" { return [] }
    guard let data = FileManager.default.contents(atPath: path) else { throw DataError(.file, at: path, "cannot be read") }
    return [UInt8](data)
  }

  static func write(_ bytes: [UInt8], to path: String) throws(DataError) {
    guard FileManager.default.createFile(atPath: path, contents: Data(bytes)) else {
      throw DataError(.file, at: path, "cannot be written")
    }
  }

  /// The names in a folder that match a pattern of `*` and `?`, in the order of their bytes.
  static func list(_ folder: String, matching pattern: String) throws(DataError) -> [String] {
    var isFolder = false
    guard exists(folder, isFolder: &isFolder) else { throw DataError(.file, at: folder, "no such folder") }
    guard isFolder else { throw DataError(.file, at: folder, "is a file, not a folder") }
    let names: [String]
    do { names = try FileManager.default.contentsOfDirectory(atPath: folder) } catch {
      throw DataError(.file, at: folder, "cannot be listed")
    }
    return names.filter { matches($0, pattern) && !$0.hasPrefix(".") }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Size and time of the last change, in words that differ when a file was replaced.
  static func state(_ path: String) -> String {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    let changed = (attributes?[.modificationDate] as? Date)?.timeIntervalSinceReferenceDate
    return "\(path) \(attributes?[.size] ?? "") \(changed ?? 0)"
  }

  static func variable(_ name: String) -> String? { ProcessInfo.processInfo.environment[name] }

  /// Whether `name` matches `pattern`, where `*` stands for any characters and `?` for one.
  static func matches(_ name: String, _ pattern: String) -> Bool {
    let name = Array(name)
    let pattern = Array(pattern)
    var at = 0
    var next = 0
    var star: (pattern: Int, name: Int)?
    while at < name.count {
      if next < pattern.count, pattern[next] == "*" {
        star = (next, at)
        next += 1
      } else if next < pattern.count, pattern[next] == "?" || pattern[next] == name[at] {
        at += 1
        next += 1
      } else if let back = star {
        star = (back.pattern, back.name + 1)
        at = back.name + 1
        next = back.pattern + 1
      } else {
        return false
      }
    }
    return pattern[next...].allSatisfy { $0 == "*" }
  }

  private static func exists(_ path: String, isFolder: inout Bool) -> Bool {
    #if canImport(Darwin)
      var flag: ObjCBool = false
      let found = FileManager.default.fileExists(atPath: path, isDirectory: &flag)
      isFolder = flag.boolValue
      return found
    #else
      return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    #endif
  }
}
