import KerfGraph

/// One unit of a plan: what runs for a node, several fused ones, or a change of layout.
package struct Step: Sendable {
  /// The first node's label.
  let label: String
  /// The operators it stands for, joined by `+`.
  let operators: String
  /// Which implementation runs.
  let execution: String
  let macs: Int
  let reads: [Place]
  let writes: [Place]
  let work: any StepWork
  /// Slots whose tensors nobody needs after this step; filled in at the end of planning.
  var releases: [Int] = []

  init(_ label: String, _ operators: String, _ execution: String, macs: Int = 0, reads: [Place], writes: [Place], work: any StepWork) {
    self.label = label
    self.operators = operators
    self.execution = execution
    self.macs = macs
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
