import CKerfKernels
import KerfGraph

/// Convolution with 3, 5 or 7 taps along one or both axes by Winograd's minimal filtering.
///
/// `F(m, r)` makes `m` outputs of `r` taps from `m + r − 1 = alpha` products instead of `m·r`; along both axes the saving is squared. Tiles of the
/// input are transformed, multiplied channel by channel with transformed weights by the GEMM microkernels (`alpha` or `alpha²` products of matrices)
/// and transformed back, a block of tiles at a time. Sums are not the direct ones: errors grow with `alpha`.
/// - Reference: A. Lavin, S. Gray, "Fast Algorithms for Convolutional Neural Networks", 2016.
struct WinogradConvolution: ConvolutionExecution {
  /// Extent of a tile of the input along a transformed axis: 4, 6, 8 or, along one axis only, 10.
  let alpha: Int

  var name: String { "winograd-\(alpha)" }

  func applicability(to problems: [ConvolutionProblem]) -> Applicability {
    let p = problems[0]
    if p.groups != 1 { return .inapplicable("\(p.groups) groups") }
    if !p.isPlain { return .inapplicable("strides or dilations") }
    let kernels = Set([p.rows.kernel, p.columns.kernel]).subtracting([1])
    guard kernels.count == 1, let taps = kernels.first, [3, 5, 7].contains(taps) else {
      return .inapplicable("a kernel of \(p.rows.kernel)×\(p.columns.kernel)")
    }
    if alpha > 8, p.rows.kernel > 1, p.columns.kernel > 1 { return .inapplicable("\(alpha) points along both axes lose too many digits") }
    return alpha - taps + 1 >= 2 ? .applicable : .inapplicable("\(taps) taps are too many for tiles of \(alpha)")
  }

  func error(of problems: [ConvolutionProblem]) -> Double {
    WinogradErrors.stated(alpha: alpha, isFlat: problems[0].rows.kernel == 1 || problems[0].columns.kernel == 1) ?? .infinity
  }

  func weightFloats(of problems: [ConvolutionProblem]) -> Int {
    Tiles.cover(problems[0], alpha: alpha).reduce(0) { $0 + $1.points } * problems[0].channels * problems[0].outputs
  }

  func cost(of problems: [ConvolutionProblem], _ isa: InstructionSet) -> Double {
    Tiles.cover(problems[0], alpha: alpha).reduce(0) { $0 + cost(of: problems[0], $1, isa) }
  }

  private func cost(of p: ConvolutionProblem, _ tiles: Tiles, _ isa: InstructionSet) -> Double {
    let count = Double(p.batch * tiles.down * tiles.across)
    let points = Double(tiles.points)
    func vectors(_ channels: Int) -> Double { Double((channels + isa.lanes - 1) / isa.lanes) }
    let speed = Double(isa.kernels.pointee.multiply_adds) / Double(isa.lanes)
    let products = count * points * Double(p.channels + 2) * vectors(p.outputs) / speed
    // Loads, some dozen additions and the scarce stores of both transforms.
    let transforms = count * points * (tiles.isFlat ? 5 : 8) * (vectors(p.channels) + vectors(p.outputs)) * 16 / Double(isa.lanes)
    // Transformed weights that no cache holds come from memory in every run.
    let bytes = points * Double(p.channels) * vectors(p.outputs) * Double(isa.lanes) * 4
    return max(products + transforms, bytes / 5) + bytes / 20
  }

  func stage(_ layers: [ConvolutionLayer]) -> any RowStage {
    let layer = layers[0]
    let p = layer.problem
    let parts = Tiles.cover(p, alpha: alpha).map { tiles in
      let weights = layer.cache.object("winograd:\(tiles.alpha):\(layer.isa.name):\(layer.key)") {
        PackedWeights(
          winograd: layer.weights, columns: p.outputs, channels: p.channels, kernel: (p.rows.kernel, p.columns.kernel),
          alpha: (tiles.rowAlpha, tiles.columnAlpha), scale: layer.epilogue.scale, isa: layer.isa, in: layer.cache, key: layer.key)
      }
      return (tiles, GemmOperands(layer.epilogue, weights: weights))
    }
    return TileStage(p.shape, parts, isa: layer.isa)
  }
}

/// How far Winograd's sums are from direct ones, relative to the largest; measured against sums in double, and held to it by tests.
package enum WinogradErrors {
  package static func stated(alpha: Int, isFlat: Bool) -> Double? {
    switch alpha {
    case 4: isFlat ? 5e-7 : 2e-6
    case 6: isFlat ? 2e-6 : 1.2e-5
    case 8: isFlat ? 3e-6 : 2e-5
    case 10: isFlat ? 9e-6 : nil
    default: nil
    }
  }
}
