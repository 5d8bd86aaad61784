import KerfCompression

/// `kerf inspect` as a table.
public enum InspectionTable {
  public static func text(_ inspection: Inspection, width: Int? = nil, colours: Bool = false) -> String {
    var table = TextTable([
      .init("layer", isElastic: true), .init("kernel"), .init("output"), .init("parameters", .trailing), .init("MACs", .trailing),
      .init("share", .trailing), .init("condition", .trailing), .init("stable rank", .trailing), .init("crossover ranks", isElastic: true),
    ])
    for layer in inspection.layers {
      let crossover = layer.crossoverRanks.sorted { $0.key < $1.key }
        .map { "\($0.key) \($0.value.map(String.init).joined(separator: ","))" }.joined(separator: " · ")
      table.add([
        layer.name, NumberText.shape(layer.kernel) + (layer.groups > 1 ? " /\(layer.groups)" : ""), NumberText.shape(layer.output),
        NumberText.grouped(layer.parameters), NumberText.scaled(layer.macs), NumberText.fixed(100 * layer.share, decimals: 1) + " %",
        NumberText.significant(layer.conditionNumber), NumberText.fixed(layer.stableRank, decimals: 1), crossover,
      ])
    }
    var lines = [
      "\(inspection.name.isEmpty ? "network" : inspection.name): opset \(inspection.opset), \(NumberText.grouped(inspection.parameters)) parameters, "
        + "\(NumberText.scaled(inspection.macs)) MACs at \(inspection.shapes.sorted { $0.key < $1.key }.map { "\($0.key) \(NumberText.shape($0.value))" }.joined(separator: ", "))",
      table.text(width: width, colours: colours),
    ]
    for layer in inspection.skipped { lines.append("left alone: \(layer.name) (\(layer.opType)): \(layer.reason)") }
    if !inspection.unsupported.isEmpty {
      lines.append(
        "the engine does not run \(inspection.unsupported.joined(separator: ", ")): only --criterion filter can compress this network")
    }
    return lines.joined(separator: "\n")
  }
}
