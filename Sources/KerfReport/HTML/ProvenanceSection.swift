import KerfCompression

/// The machine, the versions and the recipe: what is needed to make the result again.
enum ProvenanceSection: ReportSection {
  static func markup(for result: CompressionResult) -> Markup? {
    let recipe: Markup =
      result.recipe.isEmpty
      ? ""
      : """
      <h3 id="recipe">Recipe</h3>
      <pre class="scroll" tabindex="0" role="region" aria-labelledby="recipe">\(result.recipe)</pre>
      """
    return section(
      result.machine, path: result.model.path, versions: result.versions, title: "Machine, versions and recipe", behind: recipe)
  }

  /// The machine and the versions alone.
  static func section(
    _ machine: MachineDescription, path: String, versions: [String: String], title: String = "Machine and versions", behind: Markup = ""
  ) -> Markup {
    var facts: [(String, String)] = [
      ("Model file", path), ("Processor", machine.cpu), ("Instruction set", machine.isa),
      ("Threads", "\(machine.threads) of \(machine.cores) cores"), ("System", machine.os),
    ]
    facts += versions.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    let list: [Markup] = facts.map { "<dt>\($0.0)</dt><dd>\($0.1)</dd>\n" }
    return """
      <section aria-labelledby="provenance">
      <h2 id="provenance">\(title)</h2>
      <dl>
      \(list)</dl>
      \(behind)
      </section>
      """
  }
}
