import KerfAlgebra
import KerfDecomposition
import Testing

/// A kernel that the conformance suite runs every method over.
struct KernelCase: Sendable, CustomTestStringConvertible {
  let name: String
  let shape: [Int]
  var groups = 1
  var strides: [Int]?
  var dilations: [Int]?
  var pads: [Int]?
  var upsampling: [Int]?
  var bias = true

  var testDescription: String { name }

  func kernel(seed: UInt64 = 11) -> ConvolutionKernel {
    var generator = SeededGenerator(seed: seed)
    let weights = (0..<shape.reduce(1, *)).map { _ in Float(generator.normal()) }
    return ConvolutionKernel(
      weights: weights, shape: shape, groups: groups, strides: strides, dilations: dilations, pads: pads,
      upsampling: upsampling, bias: bias ? (0..<shape[0]).map { _ in Float(generator.normal()) } : nil)
  }

  func image(seed: UInt64 = 12) -> PlainImage {
    var generator = SeededGenerator(seed: seed)
    let extents = Array([11, 9, 6].prefix(shape.count - 2))
    return PlainImage(channels: shape[1] * groups, extents: extents) { generator.normal() }
  }

  static let all = [
    KernelCase(name: "3×3, same pads", shape: [6, 5, 3, 3], pads: [1, 1, 1, 1]),
    KernelCase(name: "3×3, stride 2, no bias", shape: [6, 4, 3, 3], strides: [2, 2], pads: [1, 1, 1, 1], bias: false),
    KernelCase(name: "3×3, stride 2×1", shape: [4, 5, 3, 3], strides: [2, 1]),
    KernelCase(name: "3×3, dilation 2", shape: [5, 4, 3, 3], dilations: [2, 2], pads: [2, 2, 2, 2]),
    KernelCase(name: "5×3, asymmetric pads", shape: [4, 3, 5, 3], strides: [1, 2], pads: [0, 2, 3, 1]),
    KernelCase(name: "3×3, two groups", shape: [6, 3, 3, 3], groups: 2, strides: [2, 2], pads: [1, 1, 1, 1]),
    KernelCase(name: "depthwise 3×3", shape: [6, 1, 3, 3], groups: 6, pads: [1, 1, 1, 1]),
    KernelCase(name: "1×5", shape: [6, 4, 1, 5], strides: [2, 1], pads: [0, 2, 0, 2]),
    KernelCase(name: "5×1", shape: [6, 4, 5, 1], strides: [1, 2], pads: [2, 0, 2, 0]),
    KernelCase(name: "even 2×4", shape: [5, 4, 2, 4], pads: [1, 1, 0, 2]),
    KernelCase(name: "1×1, stride 2", shape: [6, 8, 1, 1], strides: [2, 2]),
    KernelCase(name: "1×1, three groups", shape: [6, 4, 1, 1], groups: 3),
    KernelCase(name: "dense layer", shape: [7, 9]),
    KernelCase(name: "first layer, one channel", shape: [8, 1, 3, 3], pads: [1, 1, 1, 1]),
    KernelCase(name: "1-D, 4 wide", shape: [5, 4, 4], strides: [2], pads: [1, 2]),
    KernelCase(name: "3-D 3×2×3", shape: [4, 3, 3, 2, 3], strides: [1, 2, 1], pads: [1, 0, 1, 1, 1, 1]),
    KernelCase(name: "transposed 3×3, stride 2", shape: [6, 5, 3, 3], pads: [1, 1, 2, 2], upsampling: [2, 2]),
    KernelCase(name: "transposed 2×2, stride 2", shape: [4, 6, 2, 2], pads: [1, 1, 1, 1], upsampling: [2, 2], bias: false),
    KernelCase(
      name: "transposed 5×3, stride 3×1, dilation", shape: [4, 3, 5, 3], dilations: [1, 2], pads: [3, -1, 4, 2], upsampling: [3, 1]),
    KernelCase(name: "transposed 3×3, stride 1, cut", shape: [5, 4, 3, 3], pads: [-1, 0, -2, 1]),
    KernelCase(name: "transposed 4×4, two groups", shape: [6, 2, 4, 4], groups: 2, pads: [2, 2, 2, 2], upsampling: [2, 2]),
    KernelCase(name: "transposed 1×1, stride 2", shape: [6, 8, 1, 1], pads: [0, 0, 1, 1], upsampling: [2, 2]),
    KernelCase(name: "transposed 1-D", shape: [5, 4, 4], pads: [2, 2], upsampling: [2]),
    KernelCase(name: "transposed 3-D 2×3×2", shape: [4, 3, 2, 3, 2], pads: [1, 1, 1, 1, 2, 1], upsampling: [2, 2, 1]),
  ]
}

/// A registered method, named in test output.
struct MethodCase: Sendable, CustomTestStringConvertible {
  let method: any DecompositionMethod
  var testDescription: String { method.name }
  static let all = MethodRegistry.all.map(MethodCase.init)
  var isExactAtFullRank: Bool { type(of: method).isExactAtFullRank }

  /// The cases of what takes long.
  var examples: [KernelCase] { (method.name == "spatial-axes" ? [15] : [0, 1, 10]).map { KernelCase.all[$0] } }

  /// The kernel given, or where the method is for others one of theirs.
  func kernel(like usual: ConvolutionKernel) -> ConvolutionKernel {
    switch method.name {
    case "fc-svd": KernelCase(name: "dense", shape: [12, 30]).kernel()
    case "monochromatic": KernelCase(name: "first layer", shape: [12, 3, 3, 3]).kernel()
    case "spatial-axes": KernelCase(name: "volume", shape: [10, 8, 3, 2, 3]).kernel()
    default: usual
    }
  }

  /// A rank at which kernels of that rank have one decomposition only, as far as it matters.
  func modestRank(for kernel: ConvolutionKernel) -> Rank {
    let full = method.fullRank(for: kernel).values
    switch method.name {
    // More directions than a cluster has members tell no clusters apart.
    case "bicluster", "bicluster-svd": return Rank([2, 2] + full.dropFirst(2).map { _ in 1 })
    case "bicluster-uniform", "bicluster-svd-uniform": return Rank([2, 2] + full.dropFirst(2).map { min(4, $0 / 2) })
    case "shared-cp": return Rank(2, 4, 4)
    case "monochromatic": return Rank(3)
    // Of a bank's tensors N × 3 × 3 rank 4 is where Kruskal's condition ends.
    case "separable-bank", "separable-bank-shared": return Rank(full.map { max(1, min(3, $0 / 2)) })
    default: return Rank(full.map { max(1, min(5, $0 / 2)) })
    }
  }

  /// Whether the recovery of a kernel of exact rank is tried on a shape: on first layers and on volumes that of the form made for them.
  func hasStructure(_ shape: [Int]) -> Bool {
    switch method.name {
    case "monochromatic": shape[1] <= 4
    case "spatial-axes": true
    default: shape[1] > 4 && shape.count < 5
    }
  }
}

/// Moments of synthetic calibration: a smooth, correlated image and a distorted copy of it.
struct Calibration {
  let data: Moments
  let asymmetric: Moments
  /// Distorted patches of all groups and original responses, one row an output position.
  let rows: [(patch: [Double], response: [Double])]

  init(_ kernel: ConvolutionKernel, seed: UInt64 = 21) {
    var generator = SeededGenerator(seed: seed)
    let extents = [14, 13, 9].prefix(kernel.spatial.count)
    let d = kernel.unfoldedColumns
    let n = kernel.outputsPerGroup
    var patches = (0..<kernel.groups).map { _ in SecondMoment(size: d) }
    var pairs = (0..<kernel.groups).map { _ in SecondMoment(size: d + n) }
    var rows: [(patch: [Double], response: [Double])] = []
    // A dense layer has one position an image, so it needs many images.
    for _ in 0..<(kernel.spatial.isEmpty ? 200 : 3) {
      var carry = 0.0
      let original = PlainImage(channels: kernel.inputs, extents: Array(extents)) {
        carry = 0.7 * carry + generator.normal() + 0.2
        return carry
      }
      var distorted = original
      for index in distorted.values.indices { distorted.values[index] += 0.2 * generator.normal() }
      let responses = kernel.patches(original).map { patch in
        (0..<kernel.outputs).map { output in
          (0..<d).reduce(Double(kernel.bias?[output] ?? 0)) { $0 + Double(kernel.weights[output * d + $1]) * patch[output / n * d + $1] }
        }
      }
      for (patch, response) in zip(kernel.patches(distorted), responses) {
        for group in 0..<kernel.groups {
          let part = Array(patch[group * d..<(group + 1) * d])
          patches[group].add(part)
          pairs[group].add(part + response[group * n..<(group + 1) * n])
        }
        rows.append((patch, response))
      }
    }
    data = Moments(patches: patches, kernel: kernel)
    asymmetric = Moments(pairs: pairs, kernel: kernel)
    self.rows = rows
  }
}
