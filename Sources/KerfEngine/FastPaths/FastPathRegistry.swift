/// The fast paths, in the order they are tried for an operator.
package enum FastPathRegistry {
  package static let all: [any FastPath.Type] = [
    DequantizePath.self,
    QuantizePath.self,
    LookupPath.self,
    ConvolutionPath.self,
    VolumePath.self,
    ConvTransposePath.self,
    MatrixProductPath.self,
    AffinePath.self,
    UnaryPath.self,
    BinaryPath.self,
    PoolPath.self,
    GlobalPoolPath.self,
    SoftmaxPath.self,
    ConcatPath.self,
    SplitPath.self,
    ReshapePath.self,
    BlockPath.self,
    ChannelGatherPath.self,
    RearrangePath.self,
    ResizePath.self,
  ]

  private static let byOperator: [String: [any FastPath.Type]] = all.reduce(into: [:]) { map, path in
    for name in path.opTypes { map[name, default: []].append(path) }
  }

  static func paths(for opType: String) -> [any FastPath.Type] { byOperator[opType] ?? [] }
}
