import KerfEngine
import KerfGraph

extension PreparedNetwork {
  /// The same with balanced channels between layers that follow each other directly, as the factors of a form do: exact, and free.
  package func balanced(on pieces: [[String: Tensor]], options: EngineOptions) throws -> PreparedNetwork {
    let pairs = Equalization.pairs(model, layers: scan.layers).filter { $0.isDirect }
    if pairs.isEmpty { return self }
    let seen = try ChannelMeans(model, values: pairs.map(\.value), pieces: pieces, options: options)
    var network = self
    (network.model, network.scan.layers) = Equalization.balance(model, layers: scan.layers, pairs: pairs, magnitudes: seen.magnitudes)
    return network
  }
}
