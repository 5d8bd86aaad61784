import KerfGraph

/// `Softmax` over the axis whose elements are neighbours: the last one, or the channels of channels-last values.
enum SoftmaxPath: FastPath {
  static let opTypes = ["Softmax"]

  static func plan(_ job: PlanNode, _ planner: Planner) throws(EngineError) -> Applicability {
    guard let softmax = job.definition as? Softmax, let x = job.floatShape(0), x.reduce(1, *) > 0, let split = try? softmax.split(x) else {
      return .inapplicable("not float32 of fixed extents")
    }
    let overChannels = !softmax.flattens && ImageShape(x) != nil && (softmax.axis == 1 || softmax.axis == 1 - x.count)
    guard split.inner == 1 || overChannels else { return .inapplicable("the axis is neither last nor the channels") }
    let layout: Layout = split.inner == 1 ? .rowMajor : .channelsLast
    let input = try planner.place(of: job.node.inputs[0], as: layout)
    let output = planner.newBuffer(x, layout)
    planner.emit(
      Step(
        job.node.label, "Softmax", "rows", reads: [input], writes: [output],
        work: SoftmaxWork(rows: split.outer * split.inner, count: split.extent, input: input, output: output)))
    planner.define(job.node.outputs[0], output)
    return .applicable
  }
}

struct SoftmaxWork: StepWork {
  let rows, count: Int
  let input, output: Place

  func run(_ frame: Frame) {
    let x = frame.read(input)
    let y = frame.write(output)
    let softmax = frame.kernels.softmax
    let block = max(1, 4096 / count)
    frame.parallel((rows + block - 1) / block) { task, _ in
      for row in task * block..<min(rows, (task + 1) * block) {
        // SAFETY: row < rows; both buffers hold rows·count floats.
        softmax(count, x + row * count, y + row * count)
      }
    }
  }
}
