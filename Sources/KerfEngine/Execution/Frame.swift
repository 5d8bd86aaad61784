import CKerfKernels
import KerfGraph

/// The memory of one run of a plan: the arena, the tensors, the threads.
package final class Frame {
  let isa: InstructionSet
  var tensors: [Tensor?]
  private let offsets: [Int]
  private let arena: UnsafeMutablePointer<Float>
  /// Keeps `arena` alive as long as the frame.
  private let memory: Arena
  private let scratchStart: Int
  private let scratchStride: Int
  private let pool: ThreadPool
  /// Takes the times of a pipeline's stages; `nil` where nobody asks.
  let clock: StageClock?

  private let cancellation: Cancellation

  /// Whether nobody wants the run any more: what it makes from here on is thrown away.
  var isCancelled: Bool { cancellation.isCancelled }

  init(
    plan: Plan, arena: Arena, pool: ThreadPool, isa: InstructionSet, clock: StageClock? = nil, cancellation: Cancellation = Cancellation()
  ) {
    self.isa = isa
    self.clock = clock
    self.cancellation = cancellation
    self.pool = pool
    self.arena = arena.pointer
    memory = arena
    offsets = plan.offsets
    scratchStart = plan.arenaSize
    scratchStride = plan.scratchSize
    tensors = [Tensor?](repeating: nil, count: plan.slotCount)
  }

  var kernels: kerf_kernels { isa.kernels.pointee }

  /// The floats of a place in the arena or of a constant.
  func read(_ place: Place) -> UnsafePointer<Float> {
    switch place.storage {
    case .arena(let id): UnsafePointer(arena + offsets[id] + (place.view?.offset ?? 0))
    case .constant(let buffer): buffer.pointer
    case .slot, .tensor: preconditionFailure("a tensor has no floats in the arena")
    }
  }

  /// The floats of a place in the arena, to be written.
  func write(_ place: Place) -> UnsafeMutablePointer<Float> {
    guard case .arena(let id) = place.storage else { preconditionFailure("only the arena is written") }
    return arena + offsets[id] + (place.view?.offset ?? 0)
  }

  /// Where a place in the arena, or a constant, begins.
  func readBytes(_ place: Place) -> UnsafeRawPointer {
    if case .arena = place.storage { return UnsafeRawPointer(writeBytes(place)) }
    return UnsafeRawPointer(read(place))
  }

  func writeBytes(_ place: Place) -> UnsafeMutableRawPointer {
    guard case .arena(let id) = place.storage else { preconditionFailure("only the arena is written") }
    return UnsafeMutableRawPointer(arena + offsets[id]) + (place.view?.offset ?? 0) * place.layout.elementBytes
  }

  /// The levels of a place in the arena.
  func readLevels(_ place: Place) -> UnsafePointer<UInt8> { readBytes(place).assumingMemoryBound(to: UInt8.self) }

  func writeLevels(_ place: Place) -> UnsafeMutablePointer<UInt8> { writeBytes(place).assumingMemoryBound(to: UInt8.self) }

  /// The tensor of a place with layout `.tensor`.
  func tensor(_ place: Place) -> Tensor {
    switch place.storage {
    case .tensor(let tensor): return tensor
    case .slot(let index):
      guard let tensor = tensors[index] else { preconditionFailure("slot \(index) is read before it is written") }
      return tensor
    case .arena, .constant: preconditionFailure("the arena holds no tensors")
    }
  }

  /// Calls `body` for every index on the pool's threads with the scratch memory of the thread; for no more of them once the run is cancelled.
  func parallel(_ count: Int, _ body: (_ index: Int, _ scratch: UnsafeMutablePointer<Float>) -> Void) {
    let scratch = arena + scratchStart
    let stride = scratchStride
    pool.run(count) { index, worker in
      if !isCancelled { body(index, scratch + worker * stride) }
    }
  }
}

/// A block of floats for the values and scratch of one run.
///
/// `@unchecked Sendable`: a run takes it out of the plan's list and puts it back; nobody else holds it meanwhile.
package final class Arena: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<Float>

  init(floats: Int) {
    let raw = UnsafeMutableRawPointer.allocate(byteCount: max(64, floats * 4), alignment: 64)
    pointer = raw.bindMemory(to: Float.self, capacity: max(16, floats))
  }

  deinit { pointer.deallocate() }
}
