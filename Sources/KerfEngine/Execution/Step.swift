import KerfGraph

/// One unit of a plan: what runs for a node, several fused ones, or a change of layout.
package struct Step: Sendable {
  /// What a step does for one layer, or for several that it runs as one.
  package struct Part: Sendable {
    /// The first node's label.
    let label: String
    /// The operators it stands for, joined by `+`.
    let operators: String
    /// Which implementation runs.
    let execution: String
    /// Multiply-adds by definition, and products that the execution really makes.
    var macs = 0
    var products = 0
    /// Read and written once, weights counted.
    var bytes = 0
    /// What its measurements are kept under, up to the execution.
    var key: String?
  }

  let parts: [Part]
  let reads: [Place]
  let writes: [Place]
  let work: any StepWork
  /// Slots whose tensors nobody needs after this step; filled in at the end of planning.
  var releases: [Int] = []

  init(_ label: String, _ operators: String, _ execution: String, macs: Int = 0, reads: [Place], writes: [Place], work: any StepWork) {
    let bytes = (reads + writes).reduce(0) { $0 + $1.layout.elementBytes * $1.count }
    self.init(
      [Part(label: label, operators: operators, execution: execution, macs: macs, products: macs, bytes: bytes)], reads: reads,
      writes: writes,
      work: work)
  }

  init(_ parts: [Part], reads: [Place], writes: [Place], work: any StepWork) {
    self.parts = parts
    self.reads = reads
    self.writes = writes
    self.work = work
  }
}

/// What a step does.
package protocol StepWork: Sendable {
  /// Floats of scratch memory that each thread needs.
  var scratch: Int { get }
  func run(_ frame: Frame) throws(EngineError)
}

extension StepWork {
  package var scratch: Int { 0 }
}
