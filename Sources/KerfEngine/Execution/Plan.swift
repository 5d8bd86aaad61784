import KerfGraph
import Synchronization

/// A graph planned for fixed input shapes: steps, and where every value lies.
package final class Plan: Sendable {
  package let steps: [Step]
  /// Slots to fill from the caller's tensors.
  let inputs: [(name: String, slot: Int)]
  let outputs: [(name: String, place: Place)]
  let slotCount: Int
  /// Offset of each arena buffer, in floats.
  let offsets: [Int]
  /// Floats of the values, and of one thread's scratch.
  let arenaSize: Int
  let scratchSize: Int
  private let idle = Mutex<[Arena]>([])

  init(steps: [Step], inputs: [(name: String, slot: Int)], outputs: [(name: String, place: Place)], slotCount: Int, bufferSizes: [Int]) {
    var buffers = bufferSizes.map { ArenaLayout.Buffer(size: $0, first: Int.max, last: -1) }
    var lastUse = [Int](repeating: -1, count: slotCount)
    var steps = steps
    for (index, step) in steps.enumerated() {
      for place in step.reads + step.writes {
        if let id = place.arenaBuffer {
          buffers[id].first = min(buffers[id].first, index)
          buffers[id].last = max(buffers[id].last, index)
        }
        if let slot = place.slot { lastUse[slot] = index }
      }
    }
    let fetched = Set(outputs.compactMap { $0.place.slot })
    for (slot, step) in lastUse.enumerated() where step >= 0 && !fetched.contains(slot) { steps[step].releases.append(slot) }
    let layout = ArenaLayout(buffers)
    self.steps = steps
    self.inputs = inputs
    self.outputs = outputs
    self.slotCount = slotCount
    offsets = layout.offsets
    arenaSize = layout.size
    scratchSize = (steps.map(\.work.scratch).max().map { ($0 + 15) / 16 * 16 + 16 }) ?? 0
  }

  /// Runs the steps on tensors of the shapes planned for. `observe` is called after each step.
  /// - Throws: `EngineError.cancelled`, and what a step throws.
  func run(
    _ tensors: [String: Tensor], pool: ThreadPool, isa: InstructionSet, cancellation: Cancellation = Cancellation(),
    clock: StageClock? = nil, observe: (Int) -> Void = { _ in }
  ) throws(EngineError) -> [String: Tensor] {
    try cancellation.check("the run")
    let arena = idle.withLock { $0.popLast() } ?? Arena(floats: arenaSize + pool.threads * scratchSize)
    defer { idle.withLock { $0.append(arena) } }
    let frame = Frame(plan: self, arena: arena, pool: pool, isa: isa, clock: clock, cancellation: cancellation)
    for (name, slot) in inputs { frame.tensors[slot] = tensors[name] }
    for (index, step) in steps.enumerated() {
      try step.work.run(frame)
      try cancellation.check("the run")
      for slot in step.releases { frame.tensors[slot] = nil }
      observe(index)
    }
    var results: [String: Tensor] = [:]
    for (name, place) in outputs { results[name] = frame.tensor(place) }
    return results
  }
}
