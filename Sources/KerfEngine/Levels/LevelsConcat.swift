import CKerfKernels
import KerfGraph

/// A concatenation of quantized images along their channels: parts that are not there already are copied, through a table where they are quantized
/// another way than the whole.
struct LevelsConcat {
  private let job: PlanNode
  private let shape: [Int]
  private let parts: [(source: String, levels: Levels)]
  private let end: (index: Int, output: String, levels: Levels)?
  private let levels: Levels

  /// `nil` unless all parts are levels, and the whole is quantized or all parts are so alike.
  init?(_ job: PlanNode, _ planner: Planner) {
    let parts = job.node.inputs.compactMap { planner.levels(of: $0) }
    guard parts.count == job.node.inputs.count, let first = parts.first, let shape = job.outputShape else { return nil }
    end = planner.quantizer(of: job.node.outputs[0])
    guard end != nil || parts.allSatisfy({ $0.levels == first.levels }) else { return nil }
    (self.job, self.shape, self.parts) = (job, shape, parts)
    levels = end?.levels ?? first.levels
  }

  func plan(_ planner: Planner) throws(EngineError) {
    let name = end?.output ?? Planner.levelsName(job.node.outputs[0])
    let target = planner.concatenation(name, shape, .levels)
    var channel = 0
    for (i, part) in parts.enumerated() {
      guard let own = job.floatShape(i) else { continue }
      defer { channel += own[1] }
      let source = try planner.levelsPlace(of: part.source)
      let place = target.channels(from: channel, shape: own)
      if own[1] == 0 || source.arenaBuffer == target.arenaBuffer && source.view == place.view { continue }
      let table = (0..<256).map { level -> UInt8 in
        if part.levels == levels { return UInt8(level) }
        return UInt8(max(0, min(255, levels.level((Float(level) - part.levels.zero) * part.levels.scale).rounded(.toNearestOrEven))))
      }
      planner.emit(
        Step(
          job.node.label, "Concat", "channels-u8", reads: [source], writes: [place],
          work: LookupWork(table: FixedBuffer(table), input: source, output: place)))
    }
    if let end {
      planner.markFused(end.index)
      planner.define(end.output, target)
    } else {
      planner.define(job.node.outputs[0], target, as: levels)
    }
  }
}
