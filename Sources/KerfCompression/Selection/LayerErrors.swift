import Foundation

/// What was measured of a layer's candidates, as it is kept between runs.
struct LayerErrors: Codable, Sendable {
  struct Form: Codable, Sendable {
    /// Relative error of the response, of the form alone.
    var error: Double
    /// What levels add to it.
    var levels: Double?
    /// Change of the network's output, where it was measured.
    var harm: Double?
  }

  /// By form and rank.
  var forms: [String: Form] = [:]
  /// Change of the output for each unit of response error that levels make.
  var noise: Double?

  /// Errors of the response that differ by less than this factor do not say which form harms the network less.
  private static let clearly = 0.7

  /// Whether the errors of all candidates are there, or of one form.
  func answers(_ layer: LayerCandidates) -> Bool { layer.groups.keys.allSatisfy { answers(layer, $0) } }

  func answers(_ layer: LayerCandidates, _ name: String) -> Bool {
    let isInt8 = layer.groups[name]?.contains { layer.candidates[$0].precision == .int8 } ?? false
    return forms[name].map { !isInt8 || $0.levels != nil } ?? false
  }

  /// The forms that may be chosen: those that no other clearly outdoes, which costs no more in anything and errs by far less. Only these are
  /// worth a run of the network.
  func contenders(_ layer: LayerCandidates) -> [String] {
    let all = layer.groups.compactMap { name, indices -> (name: String, error: Double, costs: [Double])? in
      let one = layer.candidates[indices[0]]
      guard let error = forms[name]?.error, one.form != Candidate.dense else { return nil }
      let fastest = indices.map { layer.candidates[$0].milliseconds }.min() ?? 0
      return (name, error, [fastest, Double(one.macs), Double(one.parameters)])
    }
    return all.filter { one in
      !all.contains { $0.error < Self.clearly * one.error && zip($0.costs, one.costs).allSatisfy { $0 <= $1 } }
    }.map(\.name).sorted()
  }

  /// The candidates with errors and harms filled in; a form that was not measured in the network takes the ratio of harm to error of the measured
  /// one that is nearest to it, of the same form where there is one.
  func applied(to layer: LayerCandidates) -> LayerCandidates {
    var layer = layer
    let groups = layer.groups
    let ratios = groups.keys.sorted().compactMap { name -> (form: Substring, error: Double, ratio: Double)? in
      guard let form = forms[name], let harm = form.harm, form.error > 0 else { return nil }
      return (name.prefix { $0 != " " }, form.error, harm / form.error)
    }
    for (name, indices) in groups {
      guard let form = forms[name] else { continue }
      let distance = { (other: (form: Substring, error: Double, ratio: Double)) in
        abs(log(other.error / max(form.error, .leastNormalMagnitude))) + (name.hasPrefix("\(other.form) ") ? 0 : 1e3)
      }
      let ratio = ratios.min { distance($0) < distance($1) }?.ratio ?? 1
      for index in indices {
        let levels = layer.candidates[index].precision == .int8 ? form.levels ?? 0 : 0
        layer.candidates[index].error = form.error + levels
        layer.candidates[index].levelsHarm = levels * (noise ?? 1)
        layer.candidates[index].harm = (form.harm ?? form.error * ratio) + layer.candidates[index].levelsHarm
      }
    }
    return layer
  }
}

extension LayerCandidates {
  /// The places of each form and rank: the same one in two precisions is one fit.
  var groups: [String: [Int]] { Dictionary(grouping: candidates.indices) { "\(candidates[$0].form) \(candidates[$0].rank)" } }
  var hasLevels: Bool { candidates.contains { $0.precision == .int8 } }
}
