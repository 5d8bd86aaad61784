import Foundation
import KerfEngine
import KerfGraph
import Testing

@Suite struct PackedStoreTests {
  private let folder: URL
  private let model: ReadOnlyFile

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("kerf-packed-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data((0..<10_000).map { UInt8(truncatingIfNeeded: $0 * 7) }).write(to: folder.appendingPathComponent("model"))
    model = try ReadOnlyFile(folder.appendingPathComponent("model").path)
  }

  private func store(isa: InstructionSet = .best, limit: Int = 1 << 30) throws -> PackedStore {
    try #require(PackedStore(model, in: CacheFolder(folder.path + "/deep/cache"), isa: isa, limit: limit))
  }

  /// What a cache gives under the keys, and which it had to make.
  private func ask(_ cache: WeightCache, _ keys: [String], value: Float = 1) -> (floats: [[Float]], made: [String]) {
    var made: [String] = []
    let floats = keys.map { key in
      let buffer = cache.floats(key, count: key.utf8.count) { out in
        made.append(key)
        for i in out.indices { out[i] = Float(i) + value }
      }
      return (0..<buffer.count).map { buffer.pointer[$0] }
    }
    return (floats, made)
  }

  private var files: [URL] {
    let packed = folder.appendingPathComponent("deep/cache/packed")
    return (try? FileManager.default.contentsOfDirectory(at: packed, includingPropertiesForKeys: nil)) ?? []
  }

  @Test func whatOneRunPacksTheNextMaps() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let keys = ["one", "another one", "żółw", "one more that is much longer than the others are"]
    let first = WeightCache(try store())
    let made = ask(first, keys)
    #expect(made.made == keys)
    first.save()
    let mapped = try store()
    #expect(mapped.isFilled && files.count == 1)
    let second = ask(WeightCache(mapped), keys, value: 100)
    #expect(second.made.isEmpty && second.floats == made.floats)
  }

  @Test func whatALaterRunAddsIsKeptBesideWhatWasThere() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    for keys in [["a", "bb"], ["ccc", "a"], ["a", "bb", "ccc"]] {
      let cache = WeightCache(try store())
      let made = ask(cache, keys).made
      #expect(made == (keys == ["a", "bb"] ? keys : keys == ["ccc", "a"] ? ["ccc"] : []))
      cache.save()
    }
  }

  @Test func anotherCountUnderAKeyIsMadeAnew() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let first = WeightCache(try store())
    _ = first.floats("k", count: 3) { $0.initialize(repeating: 1) }
    first.save()
    let second = WeightCache(try store()).floats("k", count: 4) { $0.initialize(repeating: 2) }
    #expect((0..<4).allSatisfy { second.pointer[$0] == 2 })
  }

  @Test func aDamagedFileIsNotBelievedAndWrittenAnew() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let keys = ["first key", "second"]
    let first = WeightCache(try store())
    let wanted = ask(first, keys).floats
    first.save()
    let file = try #require(files.first)
    let whole = [UInt8](try Data(contentsOf: file))
    for at in stride(from: 0, to: whole.count, by: 3) {
      var damaged = whole
      damaged[at] ^= 0x10
      try Data(damaged).write(to: file)
      let cache = WeightCache(try store())
      // Padding between sections is nobody's: then nothing need be made.
      #expect(ask(cache, keys).floats == wanted, "byte \(at)")
    }
    for length in stride(from: 0, to: whole.count, by: 13) {
      try Data(whole[..<length]).write(to: file)
      let cut = try store()
      #expect(!cut.isFilled)
      let cache = WeightCache(cut)
      #expect(ask(cache, keys).made == keys)
      cache.save()
      #expect(try [UInt8](Data(contentsOf: file)) == whole)
    }
  }

  @Test func anotherModelOrInstructionSetHasItsOwnFile() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let first = WeightCache(try store(isa: InstructionSet.available[0]))
    _ = ask(first, ["k"])
    first.save()
    for isa in InstructionSet.available.dropFirst() { #expect(try !store(isa: isa).isFilled) }
    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: model.path)))
    bytes[5000] ^= 1
    let other = folder.appendingPathComponent("other")
    try Data(bytes).write(to: other)
    let foreign = PackedStore(try ReadOnlyFile(other.path), in: CacheFolder(folder.path + "/deep/cache"), isa: InstructionSet.available[0])
    #expect(foreign?.isFilled == false)
    // Somebody else's file under this name.
    let mine = try #require(files.first)
    WeightCache(foreign).save()
    let cache = WeightCache(foreign)
    _ = ask(cache, ["k"])
    cache.save()
    let theirs = try #require(files.first { $0 != mine })
    try Data(contentsOf: theirs).write(to: mine)
    #expect(try !store(isa: InstructionSet.available[0]).isFilled)
  }

  @Test func aFolderThatCannotBeWrittenIsNoError() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    // A file where a folder should be: nobody can make it, root neither.
    try Data([1]).write(to: folder.appendingPathComponent("deep"))
    let cache = WeightCache(try store())
    #expect(ask(cache, ["k"]).made == ["k"])
    cache.save()
    #expect(try !store().isFilled)
  }

  @Test func aModelWrittenToMeanwhileIsNotKept() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let cache = WeightCache(try store())
    _ = ask(cache, ["k"])
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: model.path))
    try handle.truncate(atOffset: 17)
    cache.save()
    #expect(files.isEmpty)
  }

  @Test func theFilesUsedLongestAgoMakeRoom() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let packed = folder.appendingPathComponent("deep/cache/packed")
    try FileManager.default.createDirectory(at: packed, withIntermediateDirectories: true)
    func old(_ name: String, seconds: Double) throws {
      let file = packed.appendingPathComponent(name)
      try Data(count: 10_000).write(to: file)
      try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -seconds)], ofItemAtPath: file.path)
    }
    for (name, seconds) in [("oldest", 3e6), ("middle", 2e6), ("young", 1e4)] { try old(name, seconds: seconds) }
    try old("left.unfinished", seconds: 4000)
    try old("busy.unfinished", seconds: 10)
    let cache = WeightCache(try store(limit: 32_000))
    _ = ask(cache, ["k"])
    cache.save()
    let left = files.map(\.lastPathComponent)
    #expect(Set(left.filter { !$0.hasSuffix(".weights") }) == ["young", "middle", "busy.unfinished"] && left.count == 4)
  }

  @Test func digestsTellEveryBitAndLengthApart() {
    var seen: Set<ContentDigest> = []
    var bytes = [UInt8](repeating: 0, count: 200)
    for length in 0...200 { seen.insert(bytes[..<length].withUnsafeBytes { ContentDigest($0) }) }
    #expect(seen.count == 201)
    for bit in 0..<1600 {
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      seen.insert(bytes.withUnsafeBytes { ContentDigest($0) })
      bytes[bit / 8] = 0
    }
    #expect(seen.count == 201 + 1600)
    // Two changes in one lane, a block apart, must not cancel each other.
    seen = [bytes.withUnsafeBytes { ContentDigest($0) }]
    for first in 0..<64 {
      for second in 0..<64 {
        bytes[first / 8] = 1 << UInt8(first % 8)
        bytes[64 + second / 8] = 1 << UInt8(second % 8)
        seen.insert(bytes.withUnsafeBytes { ContentDigest($0) })
        (bytes[first / 8], bytes[64 + second / 8]) = (0, 0)
      }
    }
    #expect(seen.count == 1 + 64 * 64)
    #expect(ContentDigest("a").hexadecimal.count == 32)
  }

  @Test func theDigestOfAFileIsThatOfItsBytes() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    for count in [0, 1, 65_535, 65_536, 65_537, 200_001] {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) }
      let url = folder.appendingPathComponent("bytes")
      try Data(bytes).write(to: url)
      #expect(try ContentDigest(ReadOnlyFile(url.path)) == bytes.withUnsafeBytes { ContentDigest($0) })
    }
  }

  @Test func theCacheFolderFollowsTheEnvironment() {
    func folder(_ variables: [String: String]) -> String? { CacheFolder.standard { variables[$0] }?.path }
    #expect(folder(["KERF_CACHE": "/a", "XDG_CACHE_HOME": "/b", "HOME": "/c"]) == "/a")
    #expect(folder(["KERF_CACHE": "", "XDG_CACHE_HOME": "/b", "HOME": "/c"]) == "/b/kerf")
    #expect(folder(["HOME": "/c"]) == "/c/.cache/kerf")
    #expect(folder([:]) == nil)
  }
}
