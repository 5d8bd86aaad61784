import KerfGraph

/// How far a plan's outputs are from those of direct sums, on noise; measured once in the life of the wisdom.
struct AccuracyCheck {
  private let infos: [String: TensorInfo]
  private let wisdom: Wisdom?
  private let key: String

  init(_ plan: Plan, _ infos: [String: TensorInfo], wisdom: Wisdom?) {
    self.infos = infos
    self.wisdom = wisdom
    // What runs, and how: errors depend on that, hardly on the weights.
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for part in plan.steps.flatMap(\.parts) {
      for byte in "\(part.label) \(part.key ?? "") \(part.execution);".utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }
    key = "error \(String(hash, radix: 16))"
  }

  func error(_ measure: () throws(EngineError) -> Double) throws(EngineError) -> Double {
    if let known = wisdom?[key] { return known }
    let error = try measure()
    wisdom?.keep(max(error, 1e-12), for: key)
    return error
  }

  /// Numbers of −1…1 for the inputs.
  func noise() -> [String: Tensor] {
    infos.mapValues { info in
      let shape = info.fixedShape ?? []
      var state: UInt64 = 1
      return Tensor(
        (0..<shape.reduce(1, *)).map { _ in
          state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
          return Float(Int32(truncatingIfNeeded: state >> 32)) / 2_147_483_648
        }, shape: shape)
    }
  }

  /// The largest difference of outputs over the largest value of the output.
  func difference(_ a: [String: Tensor], _ b: [String: Tensor]) -> Double {
    b.reduce(0) { worst, entry in
      guard let p = a[entry.key]?.floats(), let q = entry.value.floats(), p.count == q.count else { return worst }
      var (gap, size): (Float, Float) = (0, 0)
      for i in p.indices where p[i].isFinite && q[i].isFinite {
        gap = max(gap, abs(p[i] - q[i]))
        size = max(size, abs(q[i]))
      }
      return max(worst, size > 0 ? Double(gap / size) : 0)
    }
  }
}

extension Plan {
  /// Whether anything in it is more than direct sums.
  var isInexact: Bool { steps.contains { $0.parts.contains { $0.execution.contains("winograd") || $0.execution.contains("fft") } } }
}
