import KerfAlgebra

/// The chain that runs all blocks of a kernel whose inputs and outputs are cut in clusters.
struct BiclusterLayout<Block: DecompositionMethod> {
  let kernel: ConvolutionKernel
  let method: Block
  /// `G` and `H`.
  let inputs, outputs: Int
  let blockRank: Rank
  let isUniform: Bool

  /// Clusters of a group's channels, cluster after cluster.
  struct Clusters {
    let inputs, outputs: [Int]
  }

  /// What a form made before consists of.
  struct Parts {
    let clusters: Clusters
    let blocks: [LayerForm]
  }

  init(kernel: ConvolutionKernel, block: Block, rank: Rank, isUniform: Bool) {
    (self.kernel, method, self.isUniform) = (kernel, block, isUniform)
    (inputs, outputs) = (rank.values[0], rank.values[1])
    blockRank = Rank(Array(rank.values.dropFirst(2)))
  }

  /// The least number of clusters, at most 7, that the channels of one group come in.
  static func usual(for kernel: ConvolutionKernel) -> (inputs: Int, outputs: Int) {
    func least(_ count: Int) -> Int { count.primeFactors.first.flatMap { $0 <= 7 ? $0 : nil } ?? 1 }
    return (least(kernel.inputsPerGroup), least(kernel.outputsPerGroup))
  }

  private var blockInputs: Int { kernel.inputsPerGroup / inputs }
  private var blockOutputs: Int { kernel.outputsPerGroup / outputs }
  private var axes: Int { kernel.spatial.count }

  /// One block's kernel with weights 0.
  var blockKernel: ConvolutionKernel { blockKernel([Float](repeating: 0, count: blockOutputs * blockInputs * kernel.taps)) }

  private func blockKernel(_ weights: [Float]) -> ConvolutionKernel {
    kernel.replacing(weights: weights, shape: [blockOutputs, blockInputs] + kernel.spatial, groups: 1, bias: nil)
  }

  private var selectsInputs: Bool { !isUniform && inputs > 1 && blockInputs > 1 }
  private var selectsOutputs: Bool { !isUniform && outputs > 1 && blockOutputs > 1 }
  private var selectsBlocks: Bool { inputs > 1 && outputs > 1 }

  /// The chain's factors with weights 0.
  var skeleton: [ConvolutionKernel] {
    let g = kernel.groups
    let factors = method.skeleton(of: blockKernel, rank: blockRank)
    var result: [ConvolutionKernel] = []
    if selectsInputs { result.append(kernel.interleaved(clusters: inputs, channels: kernel.inputs)) }
    for (place, factor) in factors.enumerated() {
      if place == 0 {
        result.append(factor.blank(outputs: factor.outputs * g * inputs * outputs, inputsPerGroup: factor.shape[1], groups: g * inputs))
      } else if place < factors.count - 1 {
        let blocks = g * inputs * outputs
        result.append(factor.blank(outputs: factor.outputs * blocks, inputsPerGroup: factor.shape[1], groups: factor.groups * blocks))
      } else {
        if selectsBlocks {
          result.append(ConvolutionKernel(selecting: blockOrder(factor.shape[1], groups: g), of: result.last?.outputs ?? 0, axes: axes))
        }
        result.append(
          factor.blank(outputs: factor.outputs * g * outputs, inputsPerGroup: factor.shape[1] * inputs, groups: g * outputs).withBias(
            kernel.blankBias))
      }
    }
    if selectsOutputs { result.append(kernel.interleaved(clusters: outputs, channels: kernel.outputs)) }
    return result
  }

  /// From `(input cluster, output cluster, k)` to `(output cluster, input cluster, k)`.
  private func blockOrder(_ channels: Int, groups: Int) -> [Int] {
    (0..<groups).flatMap { group in
      (0..<outputs).flatMap { h in
        (0..<inputs).flatMap { g in (0..<channels).map { ((group * inputs + g) * outputs + h) * channels + $0 } }
      }
    }
  }

  /// Rows in the span of their blocks' output vectors, columns of their input vectors; no more directions than tell clusters apart.
  func clusters(of target: Matrix, seed: UInt64) throws(AlgebraError) -> Clusters {
    let (n, c) = (target.rows, kernel.inputsPerGroup)
    if isUniform { return Clusters(inputs: Array(0..<c), outputs: Array(0..<n)) }
    let tensor = DenseTensor(target.elements, shape: [n, c, kernel.taps])
    let (first, last) = (blockRank.values.first ?? 1, blockRank.values.last ?? 1)
    return Clusters(
      inputs: try SubspaceClustering(
        rows: tensor.unfolded(1), clusters: inputs, dimension: max(1, min(outputs * first, blockInputs / 2))
      ).order(seed: seed),
      outputs: try SubspaceClustering(rows: target, clusters: outputs, dimension: max(1, min(inputs * last, blockOutputs / 2)))
        .order(seed: seed))
  }

  /// Block `(g, h)`, `place = g·H + h`.
  func block(_ place: Int, of target: Matrix, _ clusters: Clusters) -> ConvolutionKernel {
    let (g, h) = (place / outputs, place % outputs)
    let columns = clusters.inputs[g * blockInputs..<(g + 1) * blockInputs].flatMap { Array($0 * kernel.taps..<($0 + 1) * kernel.taps) }
    let rows = Array(clusters.outputs[h * blockOutputs..<(h + 1) * blockOutputs])
    return blockKernel(target.selectingRows(rows).selectingColumns(columns).elements.map { Float($0) })
  }

  /// One group's chain of the chains of its blocks.
  func chain(_ blocks: [[ChainFactor]], _ clusters: Clusters) -> [ChainFactor] {
    let last = blocks[0].count - 1
    var result: [ChainFactor] = []
    if selectsInputs { result.append(ChainFactor(selecting: clusters.inputs, axes: axes)) }
    for place in 0...last {
      let spatial = blocks[0][place].spatial
      if place == 0 {
        result.append(
          ChainFactor(
            blocks: (0..<inputs).map { g in
              let own = (0..<outputs).map { blocks[g * outputs + $0][place].blocks[0] }
              return Matrix(own.flatMap(\.elements), rows: own.reduce(0) { $0 + $1.rows }, columns: own[0].columns)
            }, spatial: spatial))
      } else if place < last {
        result.append(ChainFactor(blocks: blocks.flatMap { $0[place].blocks }, spatial: spatial))
      } else {
        if selectsBlocks { result.append(ChainFactor(selecting: blockOrder(blocks[0][place].inputsPerBlock, groups: 1), axes: axes)) }
        result.append(
          ChainFactor(
            blocks: (0..<outputs).map { h in
              let own = (0..<inputs).map { blocks[$0 * outputs + h][place].blocks[0].transposed }
              return Matrix(own.flatMap(\.elements), rows: own.reduce(0) { $0 + $1.rows }, columns: own[0].columns).transposed
            }, spatial: spatial))
      }
    }
    if selectsOutputs { result.append(ChainFactor(selecting: Self.inverse(clusters.outputs), axes: axes)) }
    return result
  }

  private static func inverse(_ order: [Int]) -> [Int] {
    var result = order
    for (place, item) in order.enumerated() { result[item] = place }
    return result
  }

  /// The clusters and the blocks of one group of a form with as many clusters, `nil` if it does not fit.
  func parts(of form: LayerForm, group: Int) -> Parts? {
    guard form.factors.first?.inputs == kernel.inputs, form.factors.last?.outputs == kernel.outputs else { return nil }
    var factors = form.factors.map { ChainFactor($0, group: group, of: kernel.groups) }
    var clusters = Clusters(inputs: Array(0..<kernel.inputsPerGroup), outputs: Array(0..<kernel.outputsPerGroup))
    if selectsInputs { clusters = Clusters(inputs: factors.first?.selection ?? clusters.inputs, outputs: clusters.outputs) }
    if selectsOutputs {
      clusters = Clusters(inputs: clusters.inputs, outputs: factors.last?.selection.map(Self.inverse) ?? clusters.outputs)
    }
    factors = factors.filter { $0.selection == nil }
    let rank = Rank(Array(form.rank.values.dropFirst(2)))
    let shapes = method.skeleton(of: blockKernel, rank: rank)
    guard factors.count == shapes.count else { return nil }
    let blocks = (0..<inputs * outputs).map { place in
      let (g, h) = (place / outputs, place % outputs)
      let own = shapes.indices.map { index -> ChainFactor in
        let (factor, shape) = (factors[index], shapes[index])
        let blocks: [Matrix]
        if index == 0 {
          blocks = [factor.blocks[g].rowSlice(h * shape.outputs..<(h + 1) * shape.outputs)]
        } else if index < shapes.count - 1 {
          blocks = Array(factor.blocks[place * shape.groups..<(place + 1) * shape.groups])
        } else {
          blocks = [factor.blocks[h].columnSlice(g * shape.unfoldedColumns..<(g + 1) * shape.unfoldedColumns)]
        }
        return ChainFactor(blocks: blocks, spatial: factor.spatial)
      }
      return LayerForm(method: method.name, rank: rank, chains: [own], like: shapes)
    }
    return Parts(clusters: clusters, blocks: blocks)
  }

  /// The blocks' chains of smaller ranks, with zeros up to this one's.
  func padded(_ parts: Parts) -> [[ChainFactor]]? {
    let shapes = method.skeleton(of: blockKernel, rank: blockRank)
    let chains = parts.blocks.compactMap { ChainFactor.padded($0, like: shapes, group: 0, of: 1) }
    return chains.count == parts.blocks.count ? chains : nil
  }
}

extension ConvolutionKernel {
  /// Weights 0 in another number of channels, the window the same.
  func blank(outputs: Int, inputsPerGroup: Int, groups: Int) -> ConvolutionKernel {
    replacing(
      weights: [Float](repeating: 0, count: outputs * inputsPerGroup * taps), shape: [outputs, inputsPerGroup] + spatial, groups: groups,
      bias: nil)
  }
}
