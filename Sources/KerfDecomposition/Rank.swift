/// The rank or ranks of a form, `[K]` or `[K1, K2]`; of a grouped kernel: for each group.
public struct Rank: Sendable, Hashable, CustomStringConvertible {
  public let values: [Int]
  public init(_ values: Int...) { self.values = values }
  public init(_ values: [Int]) { self.values = values }
  public var description: String { values.map(String.init).joined(separator: ",") }
}
