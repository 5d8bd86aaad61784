import CKerfKernels
import KerfGraph

/// Runs of elements that lie one behind another in several values at once: the whole values where all are dense, else their pixels.
struct ElementRuns: Sendable {
  /// Elements of a run, runs, and the elements from run to run of each value.
  let length, count: Int
  let steps: [Int]
  private static let block = 1 << 14

  init(_ places: [Place]) {
    let total = places[0].count
    if places.allSatisfy(\.isDense) {
      (length, count, steps) = (total, 1, places.map { _ in total })
    } else {
      length = places[0].shape[1]
      count = total / max(1, length)
      steps = places.map { $0.steps.pixel }
    }
  }

  /// Calls `body` with the first element of a piece in each value, counted in elements, and its length, on the frame's threads.
  func parallel(_ frame: Frame, _ body: (_ run: Int, _ offset: Int, _ count: Int) -> Void) {
    if count == 1 {
      return frame.parallel((length + Self.block - 1) / Self.block) { task, _ in
        body(0, task * Self.block, min(Self.block, length - task * Self.block))
      }
    }
    let group = max(1, Self.block / max(1, length))
    frame.parallel((count + group - 1) / group) { task, _ in
      for run in task * group..<min(count, (task + 1) * group) { body(run, 0, length) }
    }
  }
}

/// `level = round(x / scale) + zero`, saturated.
struct QuantizeWork: StepWork {
  let levels: Levels
  let input, output: Place

  func run(_ frame: Frame) {
    let (x, y) = (frame.read(input), frame.writeLevels(output))
    let runs = ElementRuns([input, output])
    let quantize = frame.isa.bytes.pointee.quantize
    // SAFETY: both values hold the runs at their steps.
    runs.parallel(frame) { run, offset, count in
      quantize(count, x + run * runs.steps[0] + offset, levels.scale, levels.zero, 0, 255, y + run * runs.steps[1] + offset)
    }
  }
}

/// `x = (level − zero)·scale`
struct DequantizeWork: StepWork {
  let levels: Levels
  let input, output: Place

  func run(_ frame: Frame) {
    let (x, y) = (frame.readLevels(input), frame.write(output))
    let runs = ElementRuns([input, output])
    let dequantize = frame.isa.bytes.pointee.dequantize
    // SAFETY: both values hold the runs at their steps.
    runs.parallel(frame) { run, offset, count in
      dequantize(count, x + run * runs.steps[0] + offset, levels.scale, levels.zero, y + run * runs.steps[1] + offset)
    }
  }
}

/// `y = table[x]`: any function of one quantized value, quantized again.
struct LookupWork: StepWork {
  let table: FixedBuffer<UInt8>
  let input, output: Place

  func run(_ frame: Frame) {
    let (x, y) = (frame.readLevels(input), frame.writeLevels(output))
    let runs = ElementRuns([input, output])
    let lookup = frame.isa.bytes.pointee.lookup
    // SAFETY: both values hold the runs at their steps; the table has 256 entries.
    runs.parallel(frame) { run, offset, count in
      lookup(count, x + run * runs.steps[0] + offset, table.pointer, y + run * runs.steps[1] + offset)
    }
  }
}

extension Planner {
  /// Emits the step that makes floats of levels.
  func dequantize(_ name: String, _ source: String, _ levels: Levels) throws(EngineError) {
    let input = try levelsPlace(of: source)
    let isImage = ImageShape(input.shape) != nil
    let output = isImage ? image(for: name, input.shape) : newBuffer(input.shape, .rowMajor)
    emit(
      Step(
        name, "DequantizeLinear", "elementwise", reads: [input], writes: [output],
        work: DequantizeWork(levels: levels, input: input, output: output)))
    define(name, output)
  }
}
