import KerfGraph

/// The neighbours that one axis of `Resize` weighs at each output position: `y[o] = Σᵢ weights[o][i] · x[places[o][i]]`.
struct ResizeTaps {
  /// Neighbours an output position.
  let width: Int
  /// Input positions, clamped to the input: `width` for each output position.
  private(set) var places: [Int] = []
  private(set) var weights: [Double] = []
  /// Whether the position lies outside the region that may be interpolated (`tf_crop_and_resize`).
  private(set) var isOutside: [Bool] = []

  init(_ resize: Resize, _ axis: ResizeAxis) {
    // Shrinking with antialias stretches the kernel by 1/scale, at most over the whole input and as much on either side.
    let least = 1 / Double(max(axis.input, 1))
    let stretch = resize.antialias ? max(min(Double(axis.scale), 1), least) : 1
    let reach = resize.mode == .cubic ? 2.0 : 1
    let first = Int((-reach / stretch).rounded(.down)) + 1
    width = resize.mode == .nearest ? 1 : 2 - 2 * first
    for o in 0..<axis.output {
      // Regions and scales of a broken file may be anything; positions far outside all mean the edge.
      let stated = resize.coordinate(of: o, axis)
      let at = stated.isNaN ? 0 : max(-0x1p31, min(0x1p41, stated))
      isOutside.append(resize.coordinateTransformation == .tfCropAndResize && (at < 0 || at > Float(axis.input - 1)))
      if resize.mode == .nearest {
        append(Int(resize.nearest(at, axis)), 1, axis)
        continue
      }
      // The pixel on the left of `at`, which is at distance 0 < ratio ≤ 1.
      let left = Double(at.rounded(.up)) - 1
      let ratio = Double(at) - left
      var row = (first..<first + width).map { resize.kernel(abs(stretch * (Double($0) - ratio))) }
      let places = (first..<first + width).map { Int(left) + $0 }
      if resize.excludeOutside {
        for (i, place) in places.enumerated() where place < 0 || place >= axis.input { row[i] = 0 }
      }
      let sum = row.reduce(0, +)
      let divides = (resize.excludeOutside || resize.antialias) && sum != 0
      for (place, weight) in zip(places, row) { append(place, divides ? weight / sum : weight, axis) }
    }
  }

  private mutating func append(_ place: Int, _ weight: Double, _ axis: ResizeAxis) {
    places.append(max(0, min(axis.input - 1, place)))
    weights.append(weight)
  }
}

extension Resize {
  /// Where an output position lies in the input, in pixels; computed in single precision, which decides ties as ONNX Runtime does.
  func coordinate(of position: Int, _ axis: ResizeAxis) -> Float {
    let o = Float(position)
    let last = Float(axis.input - 1)
    switch coordinateTransformation {
    case .halfPixel: return (o + 0.5) / axis.scale - 0.5
    case .pytorchHalfPixel: return axis.output > 1 ? (o + 0.5) / axis.scale - 0.5 : 0
    case .halfPixelSymmetric:
      let extent = Float(axis.input)
      return extent / 2 * (1 - Float(axis.output) / (axis.scale * extent)) + (o + 0.5) / axis.scale - 0.5
    case .alignCorners: return axis.resized == 1 ? 0 : o * last / (axis.resized - 1)
    case .asymmetric: return o / axis.scale
    case .tfHalfPixelForNearest: return (o + 0.5) / axis.scale
    case .tfCropAndResize:
      let extent = (axis.end - axis.start) * last
      if axis.output == 1 { return (axis.start + axis.end) * last / 2 }
      return axis.start * last + o * extent / Float(axis.output - 1)
    }
  }

  /// The whole position that `nearest_mode` takes for a coordinate.
  func nearest(_ at: Float, _ axis: ResizeAxis) -> Float {
    switch nearestMode {
    case .floor: at.rounded(.down)
    case .ceil: at.rounded(.up)
    case .roundPreferFloor: (at - 0.5).rounded(.up)
    case .roundPreferCeil: (at + 0.5).rounded(.down)
    case .simple: axis.scale < 1 ? at.rounded(.up) : at.rounded(.down)
    }
  }

  /// The interpolation kernel at a distance ≥ 0 in pixels: the triangle, or Keys' cubic with coefficient `a`.
  func kernel(_ x: Double) -> Double {
    guard mode == .cubic else { return max(0, 1 - x) }
    let a = Double(cubicCoefficient)
    if x <= 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
    return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0
  }
}
