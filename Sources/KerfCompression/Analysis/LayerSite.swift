import KerfDecomposition
import KerfGraph

/// A layer of a network that a decomposition method may replace: a convolution, transposed or not, or dense layer with constant weights.
public struct LayerSite: Sendable {
  /// Place in `graph.nodes`.
  public let index: Int
  /// The node's name, or its first output's where it has none: unique in the graph.
  public let name: String
  public let node: Node
  public let kernel: ConvolutionKernel
  /// Element type of the weights in the file; factors are written in the same.
  public let elementType: ElementType
  /// Shapes at the measured input, `[B, C, d…]` and `[B, N, d'…]`.
  public let inputShape: [Int]
  public let outputShape: [Int]

  /// The same layer in a graph where it stands elsewhere.
  func moved(to index: Int) -> LayerSite {
    LayerSite(
      index: index, name: name, node: node, kernel: kernel, elementType: elementType, inputShape: inputShape, outputShape: outputShape)
  }

  public var input: String { node.inputs[0] }
  public var output: String { node.outputs[0] }
  /// Multiply-adds of one image at the measured shape.
  public var macs: Int { positions * kernel.macsPerOutput }
  /// Multiply-adds of a chain of factors in the layer's place.
  func macs(of factors: [ConvolutionKernel]) -> Int {
    let images = kernel.spatial.isEmpty ? inputShape.dropLast().reduce(1, *) : inputShape[0]
    return images
      * LayerForm(method: "", rank: Rank([]), factors: factors).macs(
        inputExtents: Array(inputShape.dropFirst(2).prefix(kernel.spatial.count)))
  }
  public var parameters: Int { kernel.weights.count + (kernel.bias?.count ?? 0) }
  /// Every place of the whole batch where the kernel is applied: output positions, of a transposed convolution input positions.
  private var positions: Int {
    kernel.isTransposed ? inputShape.reduce(1, *) / kernel.inputs : outputShape.reduce(1, *) / kernel.outputs
  }
}

/// A layer that is left alone, and why.
public struct SkippedLayer: Codable, Sendable, Equatable {
  public let name: String
  public let opType: String
  public let reason: String
}
