import CKerfKernels
import KerfGraph

/// `MaxPool` and `AveragePool` over one to three axes.
enum PoolPath: FastPath {
  static let opTypes = ["MaxPool", "AveragePool"]

  static func plan(_ job: PlanNode, _ planner: Planner) throws(EngineError) -> Applicability {
    if job.floatShape(0)?.count == 5 { return try planVolume(job, planner) }
    guard let x = job.floatShape(0), let image = ImageShape(x), let layer = layer(job, planner), case .pool(let stage) = layer.kind else {
      return .inapplicable("not float32 images of fixed extents, or a window that the stage does not know")
    }
    let input = try planner.input(job.node.inputs[0], onLevels: layer.onLevels)
    let output = planner.image(for: layer.output, layer.outputShape, layer.toLevels ? .levels : .channelsLast)
    let work = Pipeline([stage], residuals: [nil], input: input, output: output, batch: image.batch, threads: planner.options.threads)
    planner.emit(Step(job.node.label, job.node.opType, "window", reads: [input], writes: [output], work: work))
    planner.define(layer.output, output)
    return .applicable
  }

  /// Three axes: rows and columns of every slice, then the slices.
  private static func planVolume(_ job: PlanNode, _ planner: Planner) throws(EngineError) -> Applicability {
    guard let x = job.floatShape(0), let y = job.outputShape, let (axes, operation) = window(job, planner), axes.count == 3 else {
      return .inapplicable("not float32 images of fixed extents, or a window that the stage does not know")
    }
    let input = try planner.place(of: job.node.inputs[0], as: .channelsLast)
    let between = planner.newBuffer([x[0], x[1], x[2], y[3] * y[4]], .channelsLast)
    let output = planner.newBuffer(y, .channelsLast)
    let plane = StageShape(
      channels: x[1], height: x[3], width: x[4], outputs: x[1], outputHeight: y[3], outputWidth: y[4], rows: axes[1], columns: axes[2])
    let column = StageShape(
      channels: x[1], height: x[2], width: y[3] * y[4], outputs: x[1], outputHeight: y[2], outputWidth: y[3] * y[4], rows: axes[0],
      columns: .single)
    let images = x[0] * x[2]
    let works = [
      Pipeline(
        [WindowStage(plane, operation)], residuals: [nil],
        input: Place(storage: input.storage, layout: .channelsLast, shape: [images, x[1], x[3], x[4]]),
        output: Place(storage: between.storage, layout: .channelsLast, shape: [images, x[1], y[3], y[4]]), batch: images,
        threads: planner.options.threads),
      Pipeline(
        [WindowStage(column, operation)], residuals: [nil], input: between,
        output: Place(storage: output.storage, layout: .channelsLast, shape: [x[0], x[1], y[2], y[3] * y[4]]), batch: x[0],
        threads: planner.options.threads),
    ]
    planner.emit(
      Step(job.node.label, job.node.opType, "window", reads: [input], writes: [between, output], work: SequenceWork(works: works)))
    planner.define(job.node.outputs[0], output)
    return .applicable
  }

  /// The window of every axis and what it does; `nil` for indices or norms that are asked for, and padding that the stage does not know.
  private static func window(_ job: PlanNode, _ planner: Planner) -> ([Window.Axis], WindowStage.Operation)? {
    guard let x = job.floatShape(0), let y = job.outputShape, x.reduce(1, *) > 0, y.reduce(1, *) > 0,
      !job.node.outputs.dropFirst().contains(where: { planner.isWanted($0) })
    else { return nil }
    let average = job.definition as? AveragePool
    guard let pool = average?.pool ?? (job.definition as? MaxPool)?.pool, average?.p == nil,
      let axes = try? pool.axes(input: Array(x[2...])), axes.allSatisfy({ $0.before >= 0 && $0.after >= 0 })
    else { return nil }
    let countsPadding = average?.countIncludePad ?? false
    // A last window that is cut would divide by positions behind the padding.
    if countsPadding, pool.ceilMode { return nil }
    return (axes, average == nil ? .max : .average(countsPadding: countsPadding))
  }

  /// The pooling over one or two axes as a stage, of levels where levels go in and come out; `nil` where `window` is.
  static func layer(_ job: PlanNode, _ planner: Planner) -> ChainLayer? {
    guard let x = job.floatShape(0), let image = ImageShape(x), let y = job.outputShape, let out = ImageShape(y),
      let (axes, operation) = window(job, planner), axes.count <= 2, let columns = axes.last
    else { return nil }
    let shape = StageShape(
      channels: image.channels, height: image.height, width: image.width, outputs: out.channels, outputHeight: out.height,
      outputWidth: out.width, rows: axes.count == 2 ? axes[0] : .single, columns: columns)
    if let held = planner.levels(of: job.node.inputs[0]), let end = planner.quantizer(of: job.node.outputs[0]),
      let stage = LevelsWindowStage(shape, operation, held.levels, end.levels)
    {
      planner.markFused(end.index)
      return ChainLayer(
        label: job.node.label, operators: job.node.opType + "+QuantizeLinear", macs: 0, kind: .pool(stage), residual: nil,
        output: end.output, outputShape: y)
    }
    if let held = planner.levels(of: job.node.inputs[0]), let stage = LevelsWindowStage(shape, operation, held.levels, held.levels),
      operation.keepsLevels
    {
      // The largest level is that of the largest value.
      let name = job.node.outputs[0]
      planner.dequantized[name] = (Planner.levelsName(name), held.levels)
      return ChainLayer(
        label: job.node.label, operators: job.node.opType, macs: 0, kind: .pool(stage), residual: nil, output: Planner.levelsName(name),
        outputShape: y)
    }
    return ChainLayer(
      label: job.node.label, operators: job.node.opType, macs: 0,
      kind: .pool(WindowStage(shape, operation)), residual: nil,
      output: job.node.outputs[0], outputShape: y)
  }
}
