import KerfAlgebra

extension ConvolutionKernel {
  /// `N/g`.
  public var outputsPerGroup: Int { outputs / groups }
  /// `C/g`.
  public var inputsPerGroup: Int { shape[1] }
  /// `∏k`, kernel elements a channel.
  public var taps: Int { spatial.reduce(1, *) }
  /// `d = C/g·∏k`, the length of one group's patch.
  public var unfoldedColumns: Int { inputsPerGroup * taps }
  /// `∏ strides`, of all axes or some.
  func strideProduct(_ axes: [Int]? = nil) -> Int { (axes ?? Array(spatial.indices)).reduce(1) { $0 * strides[$1] } }
  /// `∏ upsampling`, of all axes or some.
  func upsamplingProduct(_ axes: [Int]? = nil) -> Int { (axes ?? Array(spatial.indices)).reduce(1) { $0 * upsampling[$1] } }
  /// Spatial axes along which the kernel has more than one element.
  public var extendedAxes: [Int] { spatial.indices.filter { spatial[$0] > 1 } }

  /// One group's kernel as a matrix `[N/g × C/g·∏k]`.
  public func unfolded(group: Int) -> Matrix {
    let (n, d) = (outputsPerGroup, unfoldedColumns)
    return Matrix(weights[group * n * d..<(group + 1) * n * d], rows: n, columns: d)
  }

  /// Extents of the output for an input with the extents given: `⌊(upsampling·(in − 1) + pads − dilation·(k − 1))/stride⌋ + 1`.
  public func outputExtents(forInput extents: [Int]) -> [Int] {
    precondition(extents.count == spatial.count, "\(extents.count) extents for \(spatial.count) spatial axes")
    return extents.indices.map { axis in
      let reach = dilations[axis] * (spatial[axis] - 1) + 1
      let room = upsampling[axis] * (extents[axis] - 1) + 1 + pads[axis] + pads[axis + spatial.count] - reach
      return room < 0 ? 0 : room / strides[axis] + 1
    }
  }

  /// Multiply-adds of one image: at each output position, of a transposed convolution at each input position, for its zeros cost nothing.
  public func macs(inputExtents: [Int]) -> Int {
    (isTransposed ? inputExtents : outputExtents(forInput: inputExtents)).reduce(macsPerOutput, *)
  }

  /// A factor of this kernel's form: a convolution that takes over stride, upsampling, dilation and padding along some axes.
  ///
  /// - Parameters:
  ///   - weights: `[outputs, inputs/groups, k…]`, row-major.
  ///   - carrying: axes whose extent, stride, upsampling, dilation and pads the factor has; along the others it is 1 wide.
  func factor(
    _ weights: [Double], outputs: Int, inputsPerGroup: Int, groups: Int, carrying axes: [Int], bias: [Float]? = nil
  ) -> ConvolutionKernel {
    func along(_ values: [Int], otherwise: Int) -> [Int] {
      spatial.indices.map { axes.contains($0) ? values[$0] : otherwise }
    }
    return ConvolutionKernel(
      weights: weights.map { Float($0) }, shape: [outputs, inputsPerGroup] + along(spatial, otherwise: 1), groups: groups,
      strides: along(strides, otherwise: 1), dilations: along(dilations, otherwise: 1),
      pads: along(Array(pads.prefix(spatial.count)), otherwise: 0) + along(Array(pads.suffix(spatial.count)), otherwise: 0),
      upsampling: along(upsampling, otherwise: 1), bias: bias)
  }

  /// `factor` with weights 0.
  func blankFactor(
    outputs: Int, inputsPerGroup: Int, groups: Int, carrying axes: [Int], bias: [Float]? = nil
  ) -> ConvolutionKernel {
    let taps = axes.reduce(1) { $0 * spatial[$1] }
    return factor(
      [Double](repeating: 0, count: outputs * inputsPerGroup * taps), outputs: outputs, inputsPerGroup: inputsPerGroup, groups: groups,
      carrying: axes, bias: bias)
  }

  /// The kernel's bias with values 0, for skeletons.
  var blankBias: [Float]? { bias.map { [Float](repeating: 0, count: $0.count) } }

  /// The same kernel with another bias.
  func withBias(_ bias: [Float]?) -> ConvolutionKernel { replacing(weights: weights, bias: bias) }

  /// Other weights, of the shape and in the groups given or this kernel's, that walk over the image as this kernel does.
  public func replacing(weights: [Float], shape: [Int]? = nil, groups: Int? = nil, bias: [Float]?) -> ConvolutionKernel {
    ConvolutionKernel(
      weights: weights, shape: shape ?? self.shape, groups: groups ?? self.groups, strides: strides, dilations: dilations, pads: pads,
      upsampling: upsampling, bias: bias)
  }
}
