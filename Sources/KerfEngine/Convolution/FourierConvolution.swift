import CKerfKernels
import KerfGraph

/// Convolution in windows by the real Fourier transform (overlap-save).
///
/// A window of `T` pixels along an axis gives `T − k + 1` outputs of a kernel that spans `k`; a dilated one is as good as a dense one of its span. Each
/// tile is transformed once a channel, multiplied with the kernels' spectra point by point (a product of matrices over the channels at each point) and
/// transformed back once an output channel, so the transforms are shared by all kernels and the products do not grow with the taps.
/// - Reference: E. Denton, W. Zaremba, J. Bruna, R. Fergus, "Exploiting Redundancies in Convolutional Networks", 2014, §4.1.
struct FourierConvolution: ConvolutionExecution {
  let name = "fft"

  /// Tiles of a block.
  static let blockTiles = 14
  /// Bytes of the kernels' spectra that the last cache holds, and that they may take at most.
  private static let (cachedWeightBytes, mostWeightBytes) = (16 << 20, 64 << 20)
  private static let sizes = [8, 16, 32, 64]

  func applicability(to problems: [ConvolutionProblem]) -> Applicability {
    let p = problems[0]
    if p.groups != 1 { return .inapplicable("\(p.groups) groups") }
    if p.rows.stride != 1 || p.columns.stride != 1 {
      return .inapplicable("stride \(p.rows.stride)×\(p.columns.stride): most outputs of a window would be thrown away")
    }
    if p.taps == 1 { return .inapplicable("a kernel of one tap") }
    guard let smallest = Self.windows(p).first else {
      return .inapplicable("a kernel that spans \(p.rows.span)×\(p.columns.span) pixels, windows being \(KERF_FFT_ROOTS) at most")
    }
    if Self.best(p) != nil { return .applicable }
    return .inapplicable("spectra of \(Self.weightBytes(p, smallest) >> 20) MiB, more than \(Self.mostWeightBytes >> 20)")
  }

  /// Products of floats beyond the direct sums' own rounding; held to it by tests.
  func error(of problems: [ConvolutionProblem]) -> Double { 2e-6 }

  func weightFloats(of problems: [ConvolutionProblem]) -> Int {
    Self.best(problems[0]).map { Self.weightBytes(problems[0], $0) / 4 } ?? 0
  }

  func cost(of problems: [ConvolutionProblem], _ isa: InstructionSet) -> Double {
    let p = problems[0]
    return Self.best(p).map { Self.products(p, $0) / Double(isa.kernels.pointee.multiply_adds) } ?? .infinity
  }

  func stage(_ layers: [ConvolutionLayer]) -> any RowStage {
    let layer = layers[0]
    let p = layer.problem
    let tiles = Self.best(p) ?? Tiles(fourier: p, row: 1, column: 1)
    let weights = layer.cache.object("fft:\(tiles.rowAlpha)x\(tiles.columnAlpha):\(layer.isa.name):\(layer.key)") {
      PackedWeights(
        fourier: layer.weights, columns: p.outputs, channels: p.channels, shape: p.shape, tiles: tiles, scale: layer.epilogue.scale,
        isa: layer.isa, in: layer.cache, key: layer.key)
    }
    return TileStage(p.shape, [(tiles, GemmOperands(layer.epilogue, weights: weights))], isa: layer.isa)
  }

  /// Windows larger than the kernel, smallest first.
  private static func windows(_ p: ConvolutionProblem) -> [Tiles] {
    func sizes(_ axis: Window.Axis) -> [Int] { axis.kernel == 1 ? [1] : Self.sizes.filter { $0 > axis.span } }
    return sizes(p.rows).flatMap { row in sizes(p.columns).map { Tiles(fourier: p, row: row, column: $0) } }
  }

  private static func weightBytes(_ p: ConvolutionProblem, _ tiles: Tiles) -> Int { 4 * tiles.points * p.channels * p.outputs }

  /// The window that costs least.
  static func best(_ p: ConvolutionProblem) -> Tiles? {
    windows(p).filter { weightBytes(p, $0) <= mostWeightBytes }.min { products(p, $0) < products(p, $1) }
  }

  /// Denton's cost of windows `T` of `T̃ = T_r·T_c` pixels, in products of floats: `tiles · (points·C·N + κ (C + N)·T̃·log₂ T̃)`, the first term for
  /// the products at every point, the second for the transforms, which the channels share; and what it takes to read the spectra for every block of
  /// tiles. Rather too high where windows are small: planning shall not time what hardly ever wins.
  private static func products(_ p: ConvolutionProblem, _ tiles: Tiles) -> Double {
    let count = Double(p.batch * tiles.down * tiles.across)
    let pixels = Double(tiles.rowAlpha * tiles.columnAlpha)
    func vectors(_ channels: Int) -> Double { Double((channels + 15) / 16 * 16) }
    let products = 1.25 * Double(tiles.points * (p.channels + 2)) * vectors(p.outputs)
    let transforms = 2.25 * (vectors(p.channels) + vectors(p.outputs)) * pixels * pixels.logarithm2
    let bytes = weightBytes(p, tiles)
    return count * (products + transforms) + (bytes > cachedWeightBytes ? 4 : 1) * Double(bytes) * max(1, count / Double(blockTiles))
  }
}

extension Double {
  /// Of a power of two.
  fileprivate var logarithm2: Double { Double(exponent) }
}
