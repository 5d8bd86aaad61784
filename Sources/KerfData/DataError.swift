/// What is wrong with data, a card or an output, where, and the numbers.
public struct DataError: Error, Sendable, Equatable, CustomStringConvertible {
  public enum Code: Sendable {
    /// A file or folder that cannot be read or written.
    case file
    /// Bytes that are not what their kind says: a damaged picture, archive or array.
    case format
    /// A card that does not say what a card must say, or says something Kerf does not know.
    case card
    /// A variable that a card's path needs is not set.
    case environment
    /// A split or index that is not there, or that holds no picture that can be used.
    case split
    /// A picture, label or network output whose shape or values do not fit the card.
    case mismatch
    /// A network's output that is NaN or infinite.
    case notFinite
  }

  public let code: Code
  /// The file, with the line where a card is meant, or the picture's name; `nil` where no place is meant.
  public let place: String?
  public let message: String

  public init(_ code: Code, at place: String? = nil, _ message: String) {
    self.code = code
    self.place = place
    self.message = message
  }

  public var description: String { place.map { "\($0): \(message)" } ?? message }

  /// The same error with a place, where it had none.
  func located(at place: String) -> DataError { self.place == nil ? DataError(code, at: place, message) : self }
}
