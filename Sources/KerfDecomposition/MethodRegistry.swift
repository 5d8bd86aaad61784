/// The one list of methods: command line, reports, conformance tests and benchmarks read it.
public enum MethodRegistry {
  public static let all: [any DecompositionMethod] = [
    ChannelMethod(), ChannelInMethod(), SpatialMethod(), Tucker2Method(), CPMethod(), CPSpatialMethod(), DepthwiseMethod(),
    TensorTrainMethod(), SpatialAxesMethod(), SeparableBankMethod(), SharedSeparableBankMethod(),
    TwoStepMethod(ChannelMethod(), SpatialMethod()), TwoStepMethod(Tucker2Method(), CPMethod()), MonochromaticMethod(), SharedCPMethod(),
    BiclusterMethod(CPMethod(), ClusteredChannels.self), BiclusterMethod(CPMethod(), UniformChannels.self),
    BiclusterMethod(Tucker2Method(), ClusteredChannels.self), BiclusterMethod(Tucker2Method(), UniformChannels.self),
    FullyConnectedMethod(),
  ]

  /// - Throws: `DecompositionError.unknownMethod`, with the names there are.
  public static func method(named name: String) throws(DecompositionError) -> any DecompositionMethod {
    guard let method = all.first(where: { $0.name == name }) else {
      throw DecompositionError(.unknownMethod, method: name, "no such method; there are \(all.map(\.name).joined(separator: ", "))")
    }
    return method
  }
}
