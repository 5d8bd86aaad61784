import KerfCompression
import Testing

@Suite struct ConcurrentMapTests {
  private struct Refusal: Error, Equatable { let element: Int }

  @Test("Results of work done side by side come in the order of the elements")
  func order() {
    let squares = Array(0..<1000).concurrentMap { (element: Int) -> Int in
      // Later ones take less time.
      (0..<(1000 - element)).reduce(element * element) { $0 ^ $1 ^ $1 }
    }
    #expect(squares == (0..<1000).map { $0 * $0 })
  }

  @Test("Of several errors the first in order is thrown")
  func errors() {
    #expect(throws: Refusal(element: 3)) {
      try Array(0..<100).concurrentMap { (element: Int) throws(Refusal) -> Int in
        if element % 4 == 3 { throw Refusal(element: element) }
        return element
      }
    }
  }
}
