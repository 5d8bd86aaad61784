import KerfDecomposition
import Testing

/// A transposed convolution and the convolution that does the same.
@Suite struct TransposedTests {
  @Test("A transposed convolution comes back as it was stated", arguments: [1, 2])
  func roundTrip(groups: Int) {
    let stated = ConvolutionKernel.Transposed(
      weights: (0..<4 * 3 * 3 * 2).map { Float($0) }, shape: [4, 3, 3, 2], groups: groups, strides: [2, 3], dilations: [2, 1],
      pads: [0, 1, 3, 0], outputPadding: [0, 2])
    let kernel = ConvolutionKernel(stated)
    #expect(kernel.shape == [3 * groups, 4 / groups, 3, 2] && kernel.isTransposed)
    #expect(kernel.transposed == stated)
  }

  @Test(
    "The response is that of a convolution of the image with zeros between its pixels",
    arguments: KernelCase.all.filter { $0.kernel().isTransposed })
  func isAConvolution(_ test: KernelCase) {
    let (kernel, image) = (test.kernel(), test.image())
    let response = kernel.applied(to: image).image
    #expect(response.extents == kernel.outputExtents(forInput: image.extents))
    let (n, d) = (kernel.outputsPerGroup, kernel.unfoldedColumns)
    let patches = kernel.patches(image)
    var expected: [Double] = []
    for output in 0..<kernel.outputs {
      for patch in patches {
        var sum = Double(kernel.bias?[output] ?? 0)
        for element in 0..<d { sum += Double(kernel.weights[output * d + element]) * patch[output / n * d + element] }
        expected.append(sum)
      }
    }
    #expect(relativeDistance(response.values, expected) < 1e-12)
  }

  @Test("Only what needs it is a transposed convolution")
  func plainOnesStayPlain() {
    #expect(KernelCase.all.filter { $0.kernel().isTransposed }.allSatisfy { $0.name.hasPrefix("transposed") })
    // At stride 1 without a cut it is a convolution with its kernel turned round.
    let kernel = ConvolutionKernel(
      ConvolutionKernel.Transposed(
        weights: [1, 2, 3], shape: [1, 1, 3], groups: 1, strides: [1], dilations: [1], pads: [1, 1], outputPadding: [0]))
    #expect(kernel == ConvolutionKernel(weights: [3, 2, 1], shape: [1, 1, 3], pads: [1, 1]))
  }
}
