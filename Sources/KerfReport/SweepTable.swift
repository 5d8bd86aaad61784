import KerfCompression

/// `kerf sweep` as a table and as comma-separated values.
public enum SweepTable {
  public static func text(_ result: SweepResult, width: Int? = nil, colours: Bool = false) -> String {
    var lines: [String] = []
    for layer in result.layers {
      let typical = [("bank", layer.typicalRankOfBank), ("merged", layer.typicalRankOfMerged)].compactMap { name, ranks in
        ranks.map { "\(name) \($0.map(String.init).joined(separator: " or "))" }
      }
      lines.append(
        "\(layer.name): \(layer.op) \(NumberText.shape(layer.kernel))\(layer.groups > 1 ? " /\(layer.groups)" : ""), "
          + "\(NumberText.scaled(layer.macs)) MACs, tensor rank at most \(layer.tensorRankBound)"
          + (typical.isEmpty ? "" : ", typical rank \(typical.joined(separator: ", "))"))
      for spectrum in layer.spectra {
        lines.append(
          "  \(spectrum.name) \(NumberText.shape(spectrum.shape)): condition \(NumberText.significant(spectrum.conditionNumber)), "
            + "stable rank \(NumberText.fixed(spectrum.stableRank, decimals: 1)), crossover "
            + (layer.crossoverRanks[spectrum.name].map { $0.map(String.init).joined(separator: ",") } ?? "none"))
      }
      var table = TextTable([
        .init("form"), .init("rank", .trailing), .init("fit", .trailing), .init("response error", .trailing), .init("seconds", .trailing),
        .init("MACs", .trailing), .init("ms", .trailing), .init("dense ms", .trailing), .init("metric", .trailing),
        .init("norm", .trailing),
        .init("sensitivity", .trailing),
      ])
      for point in layer.points {
        table.add([
          point.label, point.rank.map(String.init).joined(separator: ","), NumberText.fixed(point.fit, decimals: 2) + " %",
          NumberText.significant(point.responseError), NumberText.significant(point.seconds), NumberText.scaled(point.macs),
          NumberText.significant(point.milliseconds), NumberText.significant(point.denseMilliseconds),
          NumberText.fixed(point.metric, decimals: 3),
          NumberText.significant(point.norm), NumberText.significant(point.sensitivity),
        ])
      }
      if !layer.points.isEmpty { lines.append(table.text(width: width, colours: colours)) }
      lines += layer.left.sorted { $0.key < $1.key }.map { "  left out: \($0.key): \($0.value)" }
    }
    lines += result.skipped.map { "left alone: \($0.name) (\($0.opType)): \($0.reason)" }
    return lines.joined(separator: "\n")
  }

  /// One line a form and rank, with the condition numbers of the layer's unfoldings; RFC 4180, what was not measured is empty.
  public static func csv(_ result: SweepResult) -> String {
    func number(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
    func quoted(_ text: String) -> String {
      text.contains(where: { ",\"\n".contains($0) }) ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
    }
    var lines = [
      "layer,form,solver,rank,fit_percent,response_error,seconds,macs,dense_macs,parameters,milliseconds,dense_milliseconds,metric,norm,sensitivity"
        + result.unfoldings.map { ",condition_\($0)" }.joined()
    ]
    for layer in result.layers {
      let conditions = result.unfoldings.map { number(layer.conditionNumber(of: $0)) }
      for point in layer.points {
        let rank = point.rank.map(String.init).joined(separator: ",")
        lines.append(
          ([
            quoted(layer.name), point.form, point.solver ?? "", quoted(rank), number(point.fit), number(point.responseError),
            number(point.seconds), "\(point.macs)", "\(layer.macs)", "\(point.parameters)", number(point.milliseconds),
            number(point.denseMilliseconds), number(point.metric), number(point.norm), number(point.sensitivity),
          ] + conditions).joined(separator: ","))
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
