import KerfDecomposition

extension LayerForm {
  /// Share of the energy that is wrong: of the response on the criterion's moments, or of the weights where there are none.
  func error(for kernel: ConvolutionKernel, _ criterion: Criterion) throws(DecompositionError) -> Double {
    if let moments = criterion.moments { return try responseError(replacing: kernel, moments: moments) }
    let error = kernelError(replacing: kernel)
    return error * error
  }
}
