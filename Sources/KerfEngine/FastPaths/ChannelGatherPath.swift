import KerfGraph

/// `Gather` of an image's channels by constant indices: long runs of neighbours are copied run by run, scattered channels pixel by pixel.
enum ChannelGatherPath: FastPath {
  static let opTypes = ["Gather"]
  /// Mean length of the runs from which on they are copied as such.
  private static let longRun = 8

  static func plan(_ job: PlanNode, _ planner: Planner) throws(EngineError) -> Applicability {
    guard let gather = job.definition as? Gather, let x = job.floatShape(0), ImageShape(x) != nil, let y = job.outputShape,
      x.count == y.count, gather.axis == 1 || gather.axis == 1 - x.count, y.reduce(1, *) > 0, x[1] < Int(Int32.max)
    else { return .inapplicable("not float32 images along their channels") }
    guard let indices = job.inputs.count > 1 ? job.inputs[1]?.value : nil, indices.rank == 1,
      let order = try? indices.extents("indices", node: job.node.label), order.allSatisfy({ (-x[1]..<x[1]).contains($0) })
    else { return .inapplicable("its indices are not a constant list") }
    if planner.levels(of: job.node.inputs[0]) != nil { return .inapplicable("the channels are levels") }
    let channels = order.map { $0 < 0 ? $0 + x[1] : $0 }
    let input = try planner.image(of: job.node.inputs[0])
    let output = planner.image(for: job.node.outputs[0], y)
    let pixels = x.reduce(1, *) / x[1]
    let runs = runs(channels)
    let work: any StepWork
    if channels.count >= longRun * runs.count {
      var to = 0
      var (copies, parts): ([ChannelCopy], [Place]) = ([], [])
      for run in runs {
        copies.append(ChannelCopy(input: parts.count, to: to, count: run.count))
        parts.append(input.channels(from: run.lowerBound, shape: [x[0], run.count] + x.dropFirst(2)))
        to += run.count
      }
      work = ChannelCopyWork(pixels: pixels, copies: copies, inputs: parts, output: output)
    } else {
      work = ChannelGatherWork(pixels: pixels, order: FixedBuffer(channels.map { Int32($0) }), input: input, output: output)
    }
    planner.emit(Step(job.node.label, "Gather", "channels", reads: [input], writes: [output], work: work))
    planner.define(job.node.outputs[0], output)
    return .applicable
  }

  /// The runs of consecutive channels.
  private static func runs(_ channels: [Int]) -> [Range<Int>] {
    var result: [Range<Int>] = []
    for channel in channels {
      if let last = result.last, last.upperBound == channel {
        result[result.count - 1] = last.lowerBound..<channel + 1
      } else {
        result.append(channel..<channel + 1)
      }
    }
    return result
  }
}

/// `y[p, c] = x[p, order[c]]`.
struct ChannelGatherWork: StepWork {
  let pixels: Int
  let order: FixedBuffer<Int32>
  let input, output: Place

  func run(_ frame: Frame) {
    let (x, y) = (frame.read(input), frame.write(output))
    let (from, to) = (input.steps.pixel, output.steps.pixel)
    let (table, count) = (order.pointer, order.count)
    let block = max(1, (1 << 14) / max(1, count))
    frame.parallel((pixels + block - 1) / block) { task, _ in
      // SAFETY: pixels of both values at the steps of their places; the plan checked that every channel of the order is one of the input's.
      for pixel in task * block..<min(pixels, (task + 1) * block) {
        let (source, target) = (x + pixel * from, y + pixel * to)
        for channel in 0..<count { target[channel] = source[Int(table[channel])] }
      }
    }
  }
}
