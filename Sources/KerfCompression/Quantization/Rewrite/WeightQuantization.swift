import Foundation
import KerfGraph

/// A layer's weights and bias as integers.
///
/// `W[c] ≈ s[c]·Q[c]`, one scale a channel, `s[c] = max|W[c]| / 127`; `b[n] ≈ sx·s[c(n)]·B[n]` in int32, so that products and bias add up in one unit.
package struct WeightQuantization: Sendable {
  let layer: LinearLayer
  let format: IntegerFormat
  /// `[channels]`
  package let scales: [Float]
  /// In the order of the weights.
  package var levels: [Int]

  /// - Parameter inputScale: that of the layer's input: it bounds the weight scales from below where a bias would not fit 32 bits.
  /// - Parameter levels: those to use instead of the nearest.
  package init(_ layer: LinearLayer, inputScale: Float, format: IntegerFormat = .int8, levels given: [Int]? = nil) {
    self.layer = layer
    self.format = format
    scales = Self.scales(layer, inputScale: inputScale, format)
    if let given {
      levels = given
      return
    }
    levels = []
    levels.reserveCapacity(layer.weights.count)
    for (i, w) in layer.weights.enumerated() {
      levels.append(AffineMap(scale: scales[layer.channel(ofWeight: i)], zeroPoint: 0, format).level(of: w))
    }
  }

  /// Bits of a bias that stay free for the sum that it is added to.
  private static let biasLimit = 0x1p30

  /// A channel of zeros has scale 1 (or what its bias needs): its levels are 0 with any.
  static func scales(_ layer: LinearLayer, inputScale: Float, _ format: IntegerFormat) -> [Float] {
    var scales = layer.channelMagnitudes.map { $0 / Float(format.highest) }
    var least = [Float](repeating: AffineMap.smallestScale, count: scales.count)
    for (n, b) in (layer.bias ?? []).enumerated() {
      let c = layer.channel(ofOutput: n)
      least[c] = max(least[c], abs(b) / inputScale / Float(biasLimit))
    }
    for c in scales.indices { scales[c] = scales[c] == 0 && least[c] == AffineMap.smallestScale ? 1 : max(scales[c], least[c]) }
    return scales
  }

  /// `Ŵ = s·Q`
  package var values: [Float] { levels.enumerated().map { Float($1) * scales[layer.channel(ofWeight: $0)] } }

  /// Scales of the bias, one an output channel, and the bias's levels.
  package func bias(inputScale: Float) -> (scales: [Float], levels: [Int])? {
    guard let bias = layer.bias else { return nil }
    let biasScales = bias.indices.map { inputScale * scales[layer.channel(ofOutput: $0)] }
    return (biasScales, bias.indices.map { AffineMap(scale: biasScales[$0], zeroPoint: 0, .int32).level(of: bias[$0]) })
  }
}
