#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The folder that Kerf keeps between runs what takes time to make: packed weights, measurements. Deleting it costs only time.
public struct CacheFolder: Sendable, Equatable {
  public let path: String

  public init(_ path: String) { self.path = path }

  /// `$KERF_CACHE`, else `$XDG_CACHE_HOME/kerf`, else `~/.cache/kerf`; `nil` where none of the three variables is there.
  public static func standard(_ variable: (String) -> String? = Self.variable) -> CacheFolder? {
    if let own = variable("KERF_CACHE"), !own.isEmpty { return CacheFolder(own) }
    if let shared = variable("XDG_CACHE_HOME"), !shared.isEmpty { return CacheFolder(shared + "/kerf") }
    if let home = variable("HOME"), !home.isEmpty { return CacheFolder(home + "/.cache/kerf") }
    return nil
  }

  /// A variable of the environment.
  public static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  package func folder(_ name: String) -> CacheFolder { CacheFolder(path + "/" + name) }

  /// Makes the folder and those above it.
  package func create() {
    var end = path.startIndex
    while end < path.endIndex {
      end = path[path.index(after: end)...].firstIndex(of: "/") ?? path.endIndex
      mkdir(String(path[..<end]), 0o700)
    }
  }

  /// A plain file in the folder.
  package struct Entry {
    package let name: String
    package let bytes: Int
    /// Seconds since 1970.
    package let modified: Double
  }

  package var entries: [Entry] {
    guard let stream = opendir(path) else { return [] }
    defer { closedir(stream) }
    var entries: [Entry] = []
    while let found = readdir(stream) {
      // SAFETY: `d_name` is a string that ends with 0, valid until the next `readdir`.
      let name = withUnsafeBytes(of: &found.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      var about = stat()
      guard lstat(path + "/" + name, &about) == 0, about.st_mode & S_IFMT == S_IFREG else { continue }
      #if canImport(Darwin)
        let time = about.st_mtimespec
      #else
        let time = about.st_mtim
      #endif
      entries.append(Entry(name: name, bytes: Int(about.st_size), modified: Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)))
    }
    return entries
  }

  /// Removes the files that were used longest ago until no more than `limit` bytes are left, and what interrupted writers left.
  package func shrink(to limit: Int) {
    var total = 0
    for entry in entries.sorted(by: { $0.modified > $1.modified }) {
      let isAbandoned = entry.name.hasSuffix(Self.unfinished) && entry.modified < Double(time(nil)) - 3600
      if !isAbandoned { total += entry.bytes }
      if total > limit || isAbandoned { unlink(path + "/" + entry.name) }
    }
  }

  /// Ending of files that are still being written.
  private static let unfinished = ".unfinished"

  /// Writes a file whole or not at all: beside its place first, then renamed. A folder that cannot be written is no error.
  package func write(_ name: String, _ parts: [UnsafeRawBufferPointer]) {
    create()
    let place = path + "/" + name
    let temporary = "\(place).\(getpid()).\(UInt64.random(in: 0 ... .max))" + Self.unfinished
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    if descriptor < 0 { return }
    let isWritten = parts.allSatisfy { Self.write($0, to: descriptor) }
    close(descriptor)
    if !isWritten || rename(temporary, place) != 0 { unlink(temporary) }
  }

  private static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
    var done = 0
    while done < bytes.count {
      // SAFETY: `done < bytes.count`: the rest of the caller's buffer.
      let count = systemWrite(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
      if count < 0, errno == EINTR { continue }
      if count <= 0 { return false }
      done += count
    }
    return true
  }
}

/// `write` of the system, which the methods above hide.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int { write(descriptor, bytes, count) }
