import KerfGraph

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The packed weights of one model on disk, mapped into memory where a run before has left them.
///
/// One file a model, in `packed/` of the cache folder, under a name that states what its contents depend on: the model file's digest, the
/// instruction set, Kerf's version and the program (another build may pack otherwise). A file that is damaged or somebody else's is not
/// believed and is written anew.
package final class PackedStore: Sendable {
  let folder: CacheFolder
  let model: ReadOnlyFile
  private let identity: ContentDigest
  let file: PackedFile?
  /// Bytes that the folder may hold.
  private let limit: Int
  /// Two gigabytes.
  static let standardLimit = 2 << 30

  /// - Returns: `nil` where the model cannot be read to its end.
  package init?(_ model: ReadOnlyFile, in folder: CacheFolder, isa: InstructionSet, limit: Int = PackedStore.standardLimit) {
    guard let digest = ContentDigest(model) else { return nil }
    let identity = ContentDigest("\(KerfVersion.current) \(Self.program) \(isa.name) \(digest.hexadecimal) \(model.size)")
    self.folder = folder.folder("packed")
    self.model = model
    self.identity = identity
    self.limit = limit
    file = MappedFile(self.folder.path + "/" + Self.name(identity)).flatMap { PackedFile($0, identity: identity) }
  }

  /// Whether a run before has left weights of this model: then they were also checked.
  package var isFilled: Bool { file != nil }

  /// Writes these sections and those that the file has already.
  func save(_ sections: [(key: String, bytes: UnsafeRawBufferPointer)]) {
    // A model that was written to since its digest was taken: these weights are of nobody knows which.
    guard model.isUnchanged else { return }
    let new = Set(sections.map(\.key))
    let kept = (file?.keys ?? []).filter { !new.contains($0) }.sorted().compactMap { key in file?.section(key).map { (key: key, bytes: $0) }
    }
    let all = kept + sections
    let head = PackedFile.head(all, identity: identity)
    // SAFETY: the arrays live until the file is written.
    head.withUnsafeBytes { head in
      [UInt8](repeating: 0, count: PackedFile.alignment).withUnsafeBytes { zeros in
        var parts = [head]
        for (_, bytes) in all {
          parts.append(bytes)
          parts.append(UnsafeRawBufferPointer(rebasing: zeros[..<PackedFile.padding(bytes.count)]))
        }
        folder.write(Self.name(identity), parts)
      }
    }
    folder.shrink(to: limit)
  }

  private static func name(_ identity: ContentDigest) -> String { identity.hexadecimal + ".weights" }

  /// Size and time of the executable.
  private static let program: String = {
    #if canImport(Darwin)
      let path = CommandLine.arguments.first ?? ""
    #else
      let path = "/proc/self/exe"
    #endif
    var about = stat()
    guard stat(path, &about) == 0 else { return "" }
    #if canImport(Darwin)
      let time = about.st_mtimespec
    #else
      let time = about.st_mtim
    #endif
    return "\(about.st_size) \(time.tv_sec).\(time.tv_nsec)"
  }()
}
