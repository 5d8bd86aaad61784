/// A tensor's elements that are made from others (another tensor's, still in its file perhaps) whenever somebody asks, held by nobody.
package struct MadeElements: Sendable {
  let type: ElementType
  let count: Int
  let make: @Sendable () -> Tensor.Storage

  /// - Parameter make: gives `count` elements of the type, the same for every call.
  package init(_ type: ElementType, count: Int, make: @escaping @Sendable () -> Tensor.Storage) {
    (self.type, self.count, self.make) = (type, count, make)
  }
}
