/// How criteria that no solver knows come down to those that it knows.
extension DecompositionMethod {
  /// The form by any criterion: outputs are weighted by scaling them, a rectifier is met by `RectifiedFit`.
  func fit(
    _ kernel: ConvolutionKernel, rank: Rank, criterion: Criterion, options: SolverOptions
  ) throws(DecompositionError) -> LayerForm {
    if let weights = criterion.outputWeights, let moments = criterion.moments {
      try moments.validate(for: kernel, method: name)
      guard weights.count == kernel.outputs, weights.allSatisfy({ $0 > 0 && $0.isFinite }) else {
        throw DecompositionError(.momentsMismatch, method: name, "\(weights.count) weights, not \(kernel.outputs) positive ones")
      }
      // `min ‖D^{1/2}(T − Ŵ)Σ^{1/2}‖_F`: the form of `D^{1/2}W`, its last factor's rows divided by `D^{1/2}`.
      let roots = weights.map { $0.squareRoot() }
      var scaled = options
      scaled.warmStart = options.warmStart?.scalingOutputs(by: roots)
      return try solve(
        kernel.scalingOutputs(by: roots), rank: rank, criterion: .asymmetric(moments.scalingOutputs(by: roots)), options: scaled
      )
      .scalingOutputs(by: roots.map { 1 / $0 }).biasCorrected(for: kernel, criterion: criterion)
    }
    if let samples = criterion.rectified, let moments = criterion.moments {
      try samples.validate(for: kernel, method: name)
      let solve = { (criterion: Criterion, form: LayerForm?) throws(DecompositionError) -> LayerForm in
        var here = options
        if let form {
          // Steps are many and small: each goes on from the last one.
          (here.warmStart, here.sweeps) = (form, min(2, options.sweeps))
          if let order = form.variant.flatMap(SolverOptions.Order.init) { here.order = order }
        }
        return try self.fit(kernel, rank: rank, criterion: criterion, options: here)
      }
      return try RectifiedFit(kernel: kernel, moments: moments, samples: samples, solve: solve).run()
    }
    return try solve(kernel, rank: rank, criterion: criterion, options: options).biasCorrected(for: kernel, criterion: criterion)
  }
}

extension ConvolutionKernel {
  /// The kernel whose output `n` is `factors[n]` times this one's; the bias stays as it is.
  func scalingOutputs(by factors: [Double]) -> ConvolutionKernel {
    let filter = shape.dropFirst().reduce(1, *)
    let scaled = weights.indices.map { Float(Double(weights[$0]) * factors[$0 / filter]) }
    return replacing(weights: scaled, bias: bias)
  }
}

extension LayerForm {
  /// The form whose output `n` is `factors[n]` times this one's, by its last convolution; the bias stays as it is.
  func scalingOutputs(by factors: [Double]) -> LayerForm {
    guard let place = lastConvolution else { return self }
    var scaled = self.factors
    scaled[place] = scaled[place].scalingOutputs(by: beforeSelections(factors, filler: 1))
    return LayerForm(method: method, rank: rank, variant: variant, factors: scaled)
  }
}

extension Moments {
  /// The moments of a response whose output `n` is `factors[n]` times as large; its mean and variance stay those of the response itself.
  fileprivate func scalingOutputs(by factors: [Double]) -> Moments {
    var first = 0
    let scaled = crossCovariances?.map { cross in
      defer { first += cross.rows }
      return cross.scalingRows(Array(factors[first..<first + cross.rows]))
    }
    return Moments(
      covariances: covariances, mean: mean, crossCovariances: scaled, responseMean: responseMean, responseVariance: responseVariance,
      rows: rows)
  }
}
