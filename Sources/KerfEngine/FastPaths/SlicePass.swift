import KerfGraph

/// Output slices along the third axis of a volume that one kernel slice is added to; `nil`: those that no kernel slice meets.
struct SlicePass: Sendable {
  let tap: Int?
  var slices: Range<Int>
  /// Input slice of the first of them.
  let origin: Int
  /// Whether nothing, and whether everything, has been added when it has run.
  let isFirst, isLast: Bool

  /// For every kernel slice `t` the output slices `z` with `y[z] += x[z·stride + t·dilation − before] * w[t]`.
  static func all(_ axis: Window.Axis, input: Int, output: Int) -> [SlicePass] {
    var passes: [SlicePass] = []
    let met = (0..<output).map { z in
      (0..<axis.kernel).filter { 0..<input ~= z * axis.stride + $0 * axis.dilation - axis.before }
    }
    for tap in [nil] + (0..<axis.kernel).map(Optional.some) {
      var open: SlicePass?
      for (z, taps) in met.enumerated() where tap.map(taps.contains) ?? taps.isEmpty {
        let (first, last) = (tap == taps.first, tap == taps.last)
        if let held = open, held.slices.upperBound == z, held.isFirst == first, held.isLast == last {
          open?.slices = held.slices.lowerBound..<z + 1
        } else {
          if let held = open { passes.append(held) }
          open = SlicePass(
            tap: tap, slices: z..<z + 1, origin: z * axis.stride + (tap ?? 0) * axis.dilation - axis.before, isFirst: first, isLast: last)
        }
      }
      if let held = open { passes.append(held) }
    }
    return passes
  }

  /// What is fused behind one of several convolutions that add up: the first brings the bias, the last the activation.
  func part(of epilogue: FusedEpilogue) -> FusedEpilogue {
    var part = epilogue
    if !isFirst { part.bias = epilogue.bias.map { _ in 0 } }
    if !isLast { (part.slope, part.low, part.high) = (nil, -.infinity, .infinity) }
    return part
  }
}

extension StageShape {
  /// The same image where no row of the kernel meets it: what comes out is the bias.
  var missed: StageShape {
    StageShape(
      channels: channels, height: height, width: width, outputs: outputs, outputHeight: outputHeight, outputWidth: outputWidth,
      rows: Window.Axis(kernel: 1, stride: 1, dilation: 1, before: outputHeight, after: 0),
      columns: Window.Axis(kernel: 1, stride: 1, dilation: 1, before: outputWidth, after: 0))
  }
}
