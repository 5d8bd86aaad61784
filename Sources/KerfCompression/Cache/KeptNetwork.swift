import Foundation
import KerfDecomposition

/// A network that a search made, as it is kept between runs: what stands in each layer's place, and all that was measured of it.
struct KeptNetwork: Codable, Sendable {
  /// By layer name.
  var forms: [String: KeptForm]
  var errors: [String: Double]
  var notes: [String: String]
  var milliseconds: Double
  var originalMilliseconds: Double
  var metric: Double?
  var harm: NetworkHarm?
}

/// A layer form with its weights, which are written as bytes: numbers in JSON take long to read.
struct KeptForm: Codable, Sendable {
  private struct Kernel: Codable, Sendable {
    var weights: Data
    var shape: [Int]
    var groups: Int
    var strides: [Int]
    var dilations: [Int]
    var pads: [Int]
    var upsampling: [Int]
    var bias: Data?
    var selection: [Int]?
  }

  private var method: String
  private var rank: [Int]
  private var variant: String?
  private var kernels: [Kernel]

  init(_ form: LayerForm) {
    (method, rank, variant) = (form.method, form.rank.values, form.variant)
    kernels = form.factors.map { factor in
      Kernel(
        weights: factor.selection == nil ? Self.bytes(factor.weights) : Data(), shape: factor.shape, groups: factor.groups,
        strides: factor.strides, dilations: factor.dilations, pads: factor.pads, upsampling: factor.upsampling,
        bias: factor.bias.map(Self.bytes), selection: factor.selection)
    }
  }

  /// `nil` where the bytes are not those of these shapes.
  var form: LayerForm? {
    var factors: [ConvolutionKernel] = []
    for kernel in kernels {
      if let order = kernel.selection, kernel.shape.count >= 2, order.allSatisfy((0..<kernel.shape[1]).contains) {
        factors.append(ConvolutionKernel(selecting: order, of: kernel.shape[1], axes: kernel.shape.count - 2))
        continue
      }
      let weights = Self.floats(kernel.weights)
      guard kernel.shape.count >= 2, weights.count == kernel.shape.reduce(1, *) else { return nil }
      factors.append(
        ConvolutionKernel(
          weights: weights, shape: kernel.shape, groups: kernel.groups, strides: kernel.strides, dilations: kernel.dilations,
          pads: kernel.pads, upsampling: kernel.upsampling, bias: kernel.bias.map(Self.floats)))
    }
    return LayerForm(method: method, rank: Rank(rank), variant: variant, factors: factors)
  }

  private static func bytes(_ values: [Float]) -> Data {
    Data(values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) } })
  }

  private static func floats(_ bytes: Data) -> [Float] {
    let bytes = Array(bytes)
    return stride(from: 0, to: bytes.count - bytes.count % 4, by: 4).map { start in
      Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1) })
    }
  }
}
