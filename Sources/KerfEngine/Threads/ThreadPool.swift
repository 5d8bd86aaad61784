import CKerfKernels
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Threads that share the tiles of a step.
///
/// Tiles are handed out by an atomic counter; the caller works too. A worker spins for about a tenth of a millisecond between steps and then
/// blocks: waking it takes longer than most steps. A worker that wakes up late finds the job closed and goes back to waiting: the caller never
/// waits for a thread that has no tile.
///
/// `@unchecked Sendable`: `job` is written only by the holder of `busy` while no worker is inside (`state` has no active ones), and read only by
/// workers that have joined through `state`; the mutex and conditions are made for sharing.
package final class ThreadPool: @unchecked Sendable {
  package typealias Body = (_ index: Int, _ worker: Int) -> Void

  /// Threads that work on a job, the caller counted.
  package let threads: Int

  private struct Job {
    let count: Int
    let body: Body
  }

  /// Bits 32…63: generation; bit 31: open to joiners; bits 0…30: workers inside.
  private let state = Atomic<UInt64>(0)
  private let next = Atomic<Int>(0)
  private let sleepers = Atomic<Int>(0)
  private let busy = Atomic<Bool>(false)
  private var job = Job(count: 0) { _, _ in }
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let work = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let done = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  private static let open: UInt64 = 1 << 31
  private static let inside: UInt64 = open - 1
  private static let spins = 8000

  private static let pools = Mutex<[Int: ThreadPool]>([:])

  /// The pool of a size; made once and kept for the life of the process.
  package static func shared(threads: Int) -> ThreadPool {
    pools.withLock { pools in
      if let pool = pools[threads] { return pool }
      let pool = ThreadPool(threads: threads)
      pools[threads] = pool
      return pool
    }
  }

  /// Cores that the process may use.
  package static var cores: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

  private init(threads: Int) {
    self.threads = max(1, threads)
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(work, nil)
    pthread_cond_init(done, nil)
    for worker in 1..<max(2, self.threads) where worker < self.threads { start(worker) }
  }

  private func start(_ worker: Int) {
    final class Start {
      let pool: ThreadPool
      let worker: Int
      init(_ pool: ThreadPool, _ worker: Int) { (self.pool, self.worker) = (pool, worker) }
    }
    let argument = Unmanaged.passRetained(Start(self, worker)).toOpaque()
    #if canImport(Darwin)
      var thread: pthread_t?
      let failed = pthread_create(
        &thread, nil,
        { argument in
          let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
          start.pool.serve(start.worker)
          return nil
        }, argument)
      if failed == 0, let thread { pthread_detach(thread) }
    #else
      var thread = pthread_t()
      let failed = pthread_create(
        &thread, nil,
        { argument in
          if let argument {
            let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
            start.pool.serve(start.worker)
          }
          return nil
        }, argument)
      if failed == 0 { pthread_detach(thread) }
    #endif
    // A thread that the system does not grant is simply not there: the others take its tiles.
  }

  /// Calls `body` for every index in `0..<count`, each once, on any of the threads; returns when all are done.
  ///
  /// `worker` is in `0..<threads` and never the same for two calls at a time. Where the pool is at work for another caller, or this is a call from
  /// inside a body, the caller does it all.
  package func run(_ count: Int, _ body: Body) {
    guard threads > 1, count > 1, !busy.exchange(true, ordering: .acquiring) else {
      for index in 0..<max(0, count) { body(index, 0) }
      return
    }
    withoutActuallyEscaping(body) { body in
      job = Job(count: count, body: body)
      next.store(0, ordering: .relaxed)
      let generation = (state.load(ordering: .relaxed) >> 32 &+ 1) & 0xffff_ffff
      state.store(generation << 32 | Self.open, ordering: .sequentiallyConsistent)
      if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
        pthread_mutex_lock(mutex)
        pthread_cond_broadcast(work)
        pthread_mutex_unlock(mutex)
      }
      take(job, worker: 0)
      close()
      job = Job(count: 0) { _, _ in }
    }
    busy.store(false, ordering: .releasing)
  }

  private func take(_ job: Job, worker: Int) {
    while true {
      let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
      if index >= job.count { return }
      job.body(index, worker)
    }
  }

  /// Lets no more workers in and waits until those inside have left.
  private func close() {
    var now = state.bitwiseAnd(~Self.open, ordering: .acquiringAndReleasing).newValue
    var spin = 0
    while now & Self.inside != 0, spin < Self.spins {
      kerf_pause()
      spin += 1
      now = state.load(ordering: .acquiring)
    }
    guard now & Self.inside != 0 else { return }
    pthread_mutex_lock(mutex)
    while state.load(ordering: .acquiring) & Self.inside != 0 { pthread_cond_wait(done, mutex) }
    pthread_mutex_unlock(mutex)
  }

  private func serve(_ worker: Int) {
    var seen: UInt64 = 0
    while true {
      seen = awaitJob(after: seen)
      var now = state.load(ordering: .acquiring)
      var joined = false
      while now >> 32 == seen, now & Self.open != 0, !joined {
        (joined, now) = state.compareExchange(expected: now, desired: now + 1, ordering: .acquiringAndReleasing)
      }
      guard joined else { continue }
      take(job, worker: worker)
      let left = state.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue
      if left & (Self.open | Self.inside) == 0 {
        pthread_mutex_lock(mutex)
        pthread_cond_signal(done)
        pthread_mutex_unlock(mutex)
      }
    }
  }

  /// The generation of the next job.
  private func awaitJob(after seen: UInt64) -> UInt64 {
    func fresh() -> UInt64? {
      let now = state.load(ordering: .sequentiallyConsistent)
      return now >> 32 != seen && now & Self.open != 0 ? now >> 32 : nil
    }
    for _ in 0..<Self.spins {
      if let generation = fresh() { return generation }
      kerf_pause()
    }
    pthread_mutex_lock(mutex)
    sleepers.wrappingAdd(1, ordering: .sequentiallyConsistent)
    defer {
      sleepers.wrappingSubtract(1, ordering: .sequentiallyConsistent)
      pthread_mutex_unlock(mutex)
    }
    while true {
      if let generation = fresh() { return generation }
      pthread_cond_wait(work, mutex)
    }
  }
}
