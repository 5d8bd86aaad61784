import Foundation

/// The files that a command is asked to write.
enum OutputFile {
  /// Refuses what cannot be written before any work is done for it.
  static func check(_ paths: String?...) throws {
    for path in paths.compactMap({ $0 }) {
      let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
        throw InputError("\(path): there is no folder '\(folder)' to write it in")
      }
      guard FileManager.default.isWritableFile(atPath: folder) else {
        throw InputError("\(path): the folder '\(folder)' cannot be written")
      }
      if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
        throw InputError("\(path): is a folder")
      }
    }
  }

  static func write(_ text: String, to path: String) throws {
    do { try text.write(toFile: path, atomically: true, encoding: .utf8) } catch {
      throw InputError("\(path): cannot be written: \(error.localizedDescription)")
    }
  }
}
