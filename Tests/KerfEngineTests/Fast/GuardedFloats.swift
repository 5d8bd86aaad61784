#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Floats that end right before a page that may not be touched (or start right after one): reading or writing one past them ends the test.
final class GuardedFloats {
  let pointer: UnsafeMutablePointer<Float>
  let count: Int
  private let base: UnsafeMutableRawPointer
  private let bytes: Int

  init?(_ count: Int, guardedBehind: Bool = true) {
    let page = Int(getpagesize())
    let inner = (max(1, count) * 4 + page - 1) / page * page
    bytes = inner + 2 * page
    guard let map = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0), map != MAP_FAILED else { return nil }
    base = map
    mprotect(base, page, PROT_NONE)
    mprotect(base + page + inner, page, PROT_NONE)
    let offset = guardedBehind ? page + inner - count * 4 : page
    pointer = (base + offset).bindMemory(to: Float.self, capacity: count)
    self.count = count
  }

  convenience init?(_ elements: [Float], guardedBehind: Bool = true) {
    self.init(elements.count, guardedBehind: guardedBehind)
    for (i, element) in elements.enumerated() { pointer[i] = element }
  }

  deinit { munmap(base, bytes) }

  var elements: [Float] { (0..<count).map { pointer[$0] } }
}
