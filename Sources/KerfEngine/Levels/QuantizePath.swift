import CKerfKernels
import KerfGraph

/// `DequantizeLinear` of eight bits: nothing runs until somebody asks for floats.
enum DequantizePath: FastPath {
  static let opTypes = ["DequantizeLinear"]

  static func plan(_ job: PlanNode, _ planner: Planner) throws(EngineError) -> Applicability {
    guard job.inputs[0]?.fixedShape != nil, job.outputShape != nil, let levels = planner.quantization(job) else {
      return .inapplicable("not eight bits with one constant scale")
    }
    planner.dequantized[job.node.outputs[0]] = (job.node.inputs[0], levels)
    return .applicable
  }
}

/// `QuantizeLinear` to eight bits: of floats, or of levels by a table, with the functions of one value that lie between.
enum QuantizePath: FastPath {
  static let opTypes = ["QuantizeLinear"]

  static func plan(_ job: PlanNode, _ planner: Planner) throws(EngineError) -> Applicability {
    guard let x = job.floatShape(0), x.reduce(1, *) > 0, let levels = planner.quantization(job) else {
      return .inapplicable("not eight bits with one constant scale")
    }
    let (name, output) = (job.node.inputs[0], job.node.outputs[0])
    if let held = planner.levels(of: name) {
      try planner.remap(held, [job], to: output, shape: x)
      return .applicable
    }
    let layout = planner.readyLayout(name) ?? (ImageShape(x) == nil ? .rowMajor : .channelsLast)
    let isImage = ImageShape(x) != nil
    let input = isImage ? try planner.image(of: name) : try planner.place(of: name, as: layout)
    let target = planner.levelsTarget(for: output, x)
    planner.emit(
      Step(
        job.node.label, job.node.opType, "elementwise", reads: [input], writes: [target],
        work: QuantizeWork(levels: levels, input: input, output: target)))
    planner.define(output, target)
    return .applicable
  }
}

/// Functions of one quantized value that is quantized again: a table of 256 entries, which the operators themselves fill.
enum LookupPath: FastPath {
  static let opTypes = UnaryPath.opTypes + ["PRelu"]

  static func plan(_ job: PlanNode, _ planner: Planner) throws(EngineError) -> Applicability {
    guard let held = planner.levels(of: job.node.inputs[0]), let x = job.floatShape(0), x.reduce(1, *) > 0 else {
      return .inapplicable("not of a quantized value")
    }
    var jobs = [job]
    while let index = planner.soleReader(of: jobs[jobs.count - 1].node.outputs[0]) {
      let next = planner.job(index)
      guard next.node.inputs.first == jobs[jobs.count - 1].node.outputs[0],
        opTypes.contains(next.node.opType) || next.node.opType == "QuantizeLinear"
      else { return .inapplicable("not quantized again") }
      jobs.append(next)
      if next.node.opType == "QuantizeLinear" { break }
    }
    guard let last = jobs.last, last.node.opType == "QuantizeLinear", planner.quantization(last) != nil,
      jobs.allSatisfy({ $0.inputs.dropFirst().allSatisfy { $0 == nil || $0?.value?.shape.reduce(1, *) == 1 } })
    else { return .inapplicable("not quantized again, or not the same function for every element") }
    for next in jobs.dropFirst() { planner.markFused(next.index) }
    try planner.remap(held, jobs, to: last.node.outputs[0], shape: x)
    return .applicable
  }
}

extension Planner {
  /// Makes the levels `name` of other levels through operators of one value, the last of which quantizes.
  func remap(_ held: (source: String, levels: Levels), _ jobs: [PlanNode], to name: String, shape: [Int]) throws(EngineError) {
    let table = try Self.table(held.levels, jobs)
    if table == Array(0...255), concatTargets[name] == nil, alias(held.source, as: name) { return }
    let input = try levelsPlace(of: held.source)
    let output = levelsTarget(for: name, shape)
    emit(
      Step(
        jobs[0].node.label, jobs.map(\.node.opType).joined(separator: "+"), "table", reads: [input], writes: [output],
        work: LookupWork(table: FixedBuffer(table), input: input, output: output)))
    define(name, output)
  }

  /// What each of the 256 levels becomes.
  private static func table(_ levels: Levels, _ jobs: [PlanNode]) throws(EngineError) -> [UInt8] {
    var value = Tensor((0..<256).map { (Float($0) - levels.zero) * levels.scale }, shape: [1, 1, 1, 256])
    for job in jobs {
      guard let reference = job.definition as? any ReferenceOperator else {
        throw EngineError(.unsupported, node: job.node.label, "no table")
      }
      let operands = [value] + job.inputs.dropFirst().map { $0?.value }
      guard let made = try reference.evaluate(operands, count: 1).first else {
        throw EngineError(.unsupported, node: job.node.label, "no output")
      }
      value = made
    }
    switch value.storage {
    case .uint8(let found): return found
    case .int8(let found): return found.map { UInt8(bitPattern: $0) ^ 128 }
    default: throw EngineError(.unsupported, node: jobs[0].node.label, "quantized to \(value.type)")
    }
  }
}
