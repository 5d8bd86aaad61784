import KerfAlgebra

/// A factor of a chain in double precision, for one group of the layer that is replaced.
struct ChainFactor: Sendable {
  /// One matrix a block of channels: `[outputs × (inputs, taps…)]`; more than one where the factor itself is grouped.
  var blocks: [Matrix]
  let spatial: [Int]
  /// The channels picked, where the factor does nothing else: it has no blocks then, and no solver changes it.
  let selection: [Int]?

  var taps: Int { spatial.reduce(1, *) }
  var outputsPerBlock: Int { blocks[0].rows }
  var inputsPerBlock: Int { blocks[0].columns / taps }
  var outputs: Int { selection?.count ?? blocks.count * outputsPerBlock }

  init(blocks: [Matrix], spatial: [Int]) { (self.blocks, self.spatial, selection) = (blocks, spatial, nil) }
  init(selecting order: [Int], axes: Int) { (blocks, spatial, selection) = ([], Array(repeating: 1, count: axes), order) }

  /// What a convolution, or a selection of channels, does to one group of a layer.
  init(_ factor: ConvolutionKernel, group: Int, of groups: Int) {
    if let order = factor.selection {
      let (count, channels) = (order.count / groups, factor.inputs / groups)
      self.init(selecting: order[group * count..<(group + 1) * count].map { $0 - group * channels }, axes: factor.spatial.count)
      return
    }
    let parts = factor.groups / groups
    self.init(blocks: (0..<parts).map { factor.unfolded(group: group * parts + $0) }, spatial: factor.spatial)
  }

  /// One group's factors of a form of smaller ranks, zeros where the shapes given are larger; `nil` if it does not fit.
  static func padded(_ form: LayerForm, like shapes: [ConvolutionKernel], group: Int, of groups: Int) -> [ChainFactor]? {
    guard form.factors.count == shapes.count else { return nil }
    var result: [ChainFactor] = []
    for (old, new) in zip(form.factors, shapes) {
      let factor = ChainFactor(old, group: group, of: groups)
      if let order = factor.selection {
        // What is added is multiplied by zeros: it may come from anywhere.
        let (count, channels) = ((new.selection?.count ?? 0) / groups, new.inputs / groups)
        guard order.count <= count, order.allSatisfy({ $0 < channels }) else { return nil }
        result.append(ChainFactor(selecting: order + (order.count..<count).map { $0 % channels }, axes: factor.spatial.count))
        continue
      }
      let (rows, columns, count) = (new.outputsPerGroup, new.unfoldedColumns, new.groups / groups)
      guard new.selection == nil, factor.spatial == new.spatial, factor.outputsPerBlock <= rows,
        factor.inputsPerBlock <= new.inputsPerGroup,
        factor.blocks.count <= count
      else { return nil }
      var blocks = Array(repeating: Matrix.zeros(rows, columns), count: count)
      for (index, block) in factor.blocks.enumerated() {
        for row in 0..<block.rows { for column in 0..<block.columns { blocks[index][row, column] = block[row, column] } }
      }
      result.append(ChainFactor(blocks: blocks, spatial: factor.spatial))
    }
    return result
  }

  /// All weights, block after block: `[o, i, t…]` of a convolution with as many groups as there are blocks.
  var elements: [Double] { blocks.flatMap(\.elements) }

  /// The blocks one below the other.
  var stacked: Matrix {
    get { Matrix(elements, rows: outputs, columns: blocks[0].columns) }
    set { blocks = blocks.indices.map { newValue.rowSlice($0 * outputsPerBlock..<($0 + 1) * outputsPerBlock) } }
  }

  /// The dense kernel of this factor behind another: `R'[o, c, k] = Σ_m f[o, m, k_f] · R[m, c, k_R]`, where along every axis at most one of the two is
  /// more than 1 wide.
  func composed(after current: Matrix, extents: [Int], channels: Int) -> (Matrix, [Int]) {
    if let selection { return (current.selectingRows(selection), extents) }
    let (outputs, inputs, taps) = (outputsPerBlock, inputsPerBlock, taps)
    let oldTaps = extents.reduce(1, *)
    let newExtents = zip(extents, spatial).map { $0 * $1 }
    precondition(zip(extents, spatial).allSatisfy { $0 == 1 || $1 == 1 }, "factors share an axis: \(extents), \(spatial)")
    let newTaps = newExtents.reduce(1, *)
    let place = Self.combinedTaps([extents, spatial])
    var result = Matrix.zeros(blocks.count * outputs, channels * newTaps)
    for (part, weights) in blocks.enumerated() {
      let source = current.rowSlice(part * inputs..<(part + 1) * inputs)
      for tap in 0..<taps {
        let product = weights.selectingColumns((0..<inputs).map { $0 * taps + tap }) * source
        for output in 0..<outputs {
          let row = (part * outputs + output) * channels
          for channel in 0..<channels {
            for old in 0..<oldTaps {
              result.elements[(row + channel) * newTaps + place[old * taps + tap]] =
                product.elements[(output * channels + channel) * oldTaps + old]
            }
          }
        }
      }
    }
    return (result, newExtents)
  }

  /// Row-major index among the products of the extents of each combination of taps, the first kind's outermost.
  static func combinedTaps(_ kinds: [[Int]]) -> [Int] {
    let axes = kinds[0].count
    var result = [[Int](repeating: 0, count: axes)]
    for extents in kinds {
      let taps = extents.reduce(1, *)
      result = result.flatMap { digits in
        (0..<taps).map { tap in
          var (rest, sum) = (tap, digits)
          for axis in (0..<axes).reversed() {
            sum[axis] += rest % extents[axis]
            rest /= extents[axis]
          }
          return sum
        }
      }
    }
    let whole = (0..<axes).map { axis in kinds.reduce(1) { $0 * $1[axis] } }
    return result.map { digits in (0..<axes).reduce(0) { $0 * whole[$1] + digits[$1] } }
  }
}
