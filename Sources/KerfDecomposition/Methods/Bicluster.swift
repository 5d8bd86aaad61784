import KerfAlgebra

/// Who belongs to which cluster of channels.
public protocol ChannelPartition: Sendable {
  /// What the form's name ends in.
  static var suffix: String { get }
  /// Whether neighbours share a cluster, so that no channel has to move.
  static var isUniform: Bool { get }
}

/// The channels that belong together are found, and put next to each other by selections before and behind.
public enum ClusteredChannels: ChannelPartition {
  public static let suffix = ""
  public static let isUniform = false
}

/// The channels as they stand, cut in equal parts.
public enum UniformChannels: ChannelPartition {
  public static let suffix = "-uniform"
  public static let isUniform = true
}

/// The `C` inputs in `G` and the `N` outputs in `H` clusters of equal size, each of the `G·H` blocks of the kernel by a form of its own: canonical polyadic
/// (`bicluster`) or with both channel modes compressed by singular vectors (`bicluster-svd`).
///
/// Ranks `G,H` and the block form's. One chain runs all blocks: the first factor has a group a cluster of inputs, those in the middle one a block, the last one
/// a cluster of outputs; where both are cut, a selection puts the blocks' channels in the order of the outputs. Clusters: `SubspaceClustering` of the kernel's
/// rows and columns, or as they stand. Blocks are solved one by one on the weights; with data all factors together by alternating weighted least squares from
/// there. MACs: those of the blocks, `G·H·K(C/G + kh + kw + N/H)` at stride 1 for `bicluster`.
///
/// - Reference: Denton et al., NIPS 2014, §3.3.
public struct BiclusterMethod<Block: DecompositionMethod, Partition: ChannelPartition>: DecompositionMethod {
  public static var name: String { (Block.self == CPMethod.self ? "bicluster" : "bicluster-svd") + Partition.suffix }
  public static var summary: String {
    "inputs in G, outputs in H clusters\(Partition.isUniform ? " of neighbours" : ""), each block by its own \(Block.name); ranks G,H and the block's"
  }
  public static var rankCount: Int { 2 + Block.rankCount }
  public static var hasCPSolvers: Bool { Block.hasCPSolvers }
  private let block: Block

  public init(_ block: Block, _: Partition.Type) { self.block = block }

  public func applicability(to kernel: ConvolutionKernel) -> Applicability {
    let usual = BiclusterLayout<Block>.usual(for: kernel)
    if usual.inputs == 1 && usual.outputs == 1 {
      return .inapplicable("neither \(kernel.inputsPerGroup) inputs nor \(kernel.outputsPerGroup) outputs come in few equal clusters")
    }
    return block.applicability(to: layout(kernel, Rank(usual.inputs, usual.outputs)).blockKernel)
  }

  private func layout(_ kernel: ConvolutionKernel, _ rank: Rank) -> BiclusterLayout<Block> {
    BiclusterLayout(kernel: kernel, block: block, rank: rank, isUniform: Partition.isUniform)
  }

  private func usualLayout(_ kernel: ConvolutionKernel) -> BiclusterLayout<Block> {
    let usual = BiclusterLayout<Block>.usual(for: kernel)
    return layout(kernel, Rank(usual.inputs, usual.outputs))
  }

  /// Of the blocks at the usual numbers of clusters; others take other ranks.
  public func fullRank(for kernel: ConvolutionKernel) -> Rank {
    let usual = usualLayout(kernel)
    return Rank([usual.inputs, usual.outputs] + block.fullRank(for: usual.blockKernel).values)
  }

  public func refusal(of rank: Rank, for kernel: ConvolutionKernel) -> String? {
    let (g, h) = (rank.values[0], rank.values[1])
    guard kernel.inputsPerGroup.isMultiple(of: g), kernel.outputsPerGroup.isMultiple(of: h) else {
      return
        "rank \(rank): \(g) and \(h) clusters do not share \(kernel.inputsPerGroup) inputs and \(kernel.outputsPerGroup) outputs evenly"
    }
    let layout = layout(kernel, rank)
    return block.refusal(of: layout.blockRank, for: layout.blockKernel).map { "rank \(rank): of a block \($0)" }
  }

  public func rankLadder(for kernel: ConvolutionKernel, step: Int) -> [Rank] {
    let usual = usualLayout(kernel)
    return block.rankLadder(for: usual.blockKernel, step: step).map { Rank([usual.inputs, usual.outputs] + $0.values) }
  }

  public func skeleton(of kernel: ConvolutionKernel, rank: Rank) -> [ConvolutionKernel] { layout(kernel, rank).skeleton }

  public func outdone(on kernel: ConvolutionKernel) -> String? {
    "tried where it is asked for by name: fitting its blocks takes long"
  }

  public func energies(of kernel: ConvolutionKernel) throws(DecompositionError) -> [Double]? { nil }

  public func solve(
    _ kernel: ConvolutionKernel, rank: Rank, criterion: Criterion, options: SolverOptions
  ) throws(DecompositionError) -> LayerForm {
    let layout = layout(kernel, rank)
    let smaller = options.warmStart.flatMap { form in
      form.method == name && form.rank.values.prefix(2) == rank.values.prefix(2) ? form : nil
    }
    var chains: [[ChainFactor]] = []
    let objectives = try Objective.groups(of: kernel, criterion: criterion, options: options, method: name)
    for (group, objective) in objectives.enumerated() {
      let before = smaller.flatMap { layout.parts(of: $0, group: group) }
      let clusters = try withMethod(name) { () throws(AlgebraError) in
        if let before { return before.clusters }
        return try layout.clusters(of: objective.target, seed: options.seed)
      }
      var blocks: [[ChainFactor]] = []
      for place in 0..<layout.inputs * layout.outputs {
        var options = options
        options.warmStart = before?.blocks[place]
        let kernel = layout.block(place, of: objective.target, clusters)
        let form = try block.solve(kernel, rank: layout.blockRank, criterion: .filter, options: options)
        blocks.append(form.factors.map { ChainFactor($0, group: 0, of: 1) })
      }
      let start = layout.chain(blocks, clusters)
      if objective.metric == nil {
        chains.append(start)
        continue
      }
      let problem = ChainProblem(objective: objective, channels: kernel.inputsPerGroup)
      let padded = before.flatMap { layout.padded($0) }.map { layout.chain($0, clusters) }
      chains.append(problem.improve(start, or: padded, options: options))
    }
    return LayerForm(method: name, rank: rank, chains: chains, like: layout.skeleton)
  }
}
