/// What stands in each layer's place, by layer name; a layer that is not named stays as it is.
public typealias Choices = [String: Candidate]

extension Candidate {
  /// The form of a layer that is quantized as it is.
  static let dense = "dense"
}

extension Choices {
  /// Whether a layer of a network rewritten by these choices is to be int8.
  /// - Parameter others: whether layers without a choice are.
  func isInt8(_ name: String, others: Bool) -> Bool {
    if let choice = self[name] { return choice.precision == .int8 }
    for (site, choice) in self where name.hasPrefix("\(site)/\(choice.form)_") { return choice.precision == .int8 }
    return others
  }

  var hasInt8: Bool { values.contains { $0.precision == .int8 } }

  /// Those that put something else in the layer's place.
  var replaced: Choices { filter { $0.value.form != Candidate.dense } }
}
