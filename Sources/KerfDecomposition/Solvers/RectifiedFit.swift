import KerfAlgebra

/// `min Σ‖r(y) − r(Ŵx̂ + b̂)‖²` over the `Ŵ` that a form can make, `r` the rectifier after the layer, by alternation.
///
/// Relaxed to `min Σ‖r(y) − r(z)‖² + λ‖z − (Ŵx̂ + b̂)‖²`: given `Ŵ`, every element of `z` has a closed form (`Rectifier.relaxed`); given `z`, the form
/// is fitted to it as `asymmetric` fits to `y` (for `channel` reduced-rank regression), from where it stands. Only the change `z − y` is averaged
/// over the samples and added to the moments of `y` itself, which come from far more rows. `λ` is 0.01, then 1; the form with the least
/// `Σ‖r(y) − r(ŷ)‖²` on the samples is kept, so the result is never worse there than `asymmetric`. The start is the better one of `asymmetric` and the
/// same with outputs weighted by `E[r'(y)²]`: alternation alone never gives up an output that is large where the rectifier cuts it off.
///
/// - Complexity: `2·rows·N·d/g` multiply-adds and one fit a step, at most 50 steps.
/// - Reference: Zhang et al., *Accelerating Very Deep Convolutional Networks*, TPAMI 2016, §3.2, equations 6 to 9.
struct RectifiedFit {
  static let penalties = [0.01, 1]
  static let steps = 25
  /// A stage ends when a step changes the objective by less than this share of it.
  static let tolerance = 1e-4

  let kernel: ConvolutionKernel
  let moments: Moments
  let samples: RectifiedResponse
  /// Fits the form by a criterion; given a form, from there.
  let solve: (Criterion, LayerForm?) throws(DecompositionError) -> LayerForm

  private struct Pass {
    /// `Σ‖r(y) − r(ŷ)‖²`.
    var value: Double
    /// For each group `cov(z − y, x̂) [N/g × d]` over the samples.
    var shifts: [Matrix]
    /// `E[z − y] [N]`.
    var means: [Double]
  }

  func run() throws(DecompositionError) -> LayerForm {
    var form = try solve(.asymmetric(moments), nil)
    var best = (form: form, value: value(form))
    let weighted = try solve(.mahalanobis(moments, weights: slopes), nil)
    let other = value(weighted)
    if other < best.value { (best, form) = ((weighted, other), weighted) }
    for penalty in Self.penalties {
      var last = Double.infinity
      for _ in 0..<Self.steps {
        let pass = pass(form, penalty)
        if pass.value < best.value { best = (form, pass.value) }
        if abs(last - pass.value) <= Self.tolerance * pass.value { break }
        last = pass.value
        form = try solve(.asymmetric(moved(pass)), form)
      }
    }
    return value(form) < best.value ? form : best.form
  }

  /// `E[r'(y_n)²] [N]`, at least 1 % of their mean.
  private var slopes: [Double] {
    let n = kernel.outputsPerGroup
    var sums = [Double](repeating: 0, count: kernel.outputs)
    for (group, responses) in samples.responses.enumerated() {
      for (i, y) in responses.enumerated() {
        let slope = samples.rectifier.slope(Double(y))
        sums[group * n + i % n] += slope * slope
      }
    }
    let mean = sums.reduce(0, +) / Double(max(1, sums.count))
    return mean > 0 ? sums.map { max(0.01, $0 / mean) } : sums.map { _ in 1 }
  }

  func value(_ form: LayerForm) -> Double { pass(form, nil).value }

  /// The moments of `(x̂, z)`.
  private func moved(_ pass: Pass) -> Moments {
    let own = moments.crossCovariances ?? moments.covariances.enumerated().map { kernel.unfolded(group: $0.offset) * $0.element }
    return Moments(
      covariances: moments.covariances, mean: moments.mean, crossCovariances: zip(own, pass.shifts).map { $0 + $1 },
      responseMean: zip(moments.responseMean, pass.means).map { $0 + $1 }, responseVariance: moments.responseVariance, rows: moments.rows)
  }

  /// Runs a form on the samples: what it is worth and, with a penalty, where its `z` lie.
  private func pass(_ form: LayerForm, _ penalty: Double?) -> Pass {
    let (n, d, rows) = (kernel.outputsPerGroup, kernel.unfoldedColumns, samples.rows)
    let bias = form.bias?.map(Double.init) ?? [Double](repeating: 0, count: kernel.outputs)
    var result = Pass(value: 0, shifts: [], means: [])
    for (group, candidate) in form.reconstructedUnfoldings(groups: kernel.groups).enumerated() {
      var products = Matrix.zeros(n, d)
      var (shift, mean) = ([Double](repeating: 0, count: n), [Double](repeating: 0, count: d))
      for start in stride(from: 0, to: rows, by: 1024) {
        let count = min(1024, rows - start)
        let patches = Matrix(samples.patches[group][start * d..<(start + count) * d].map { Double($0) }, rows: count, columns: d)
        var made = patches.timesTransposed(candidate)
        for row in 0..<count {
          for output in 0..<n {
            let y = Double(samples.responses[group][(start + row) * n + output])
            let response = made.elements[row * n + output] + bias[group * n + output]
            let difference = samples.rectifier(y) - samples.rectifier(response)
            result.value += difference * difference
            guard let penalty else { continue }
            let change = samples.rectifier.relaxed(target: y, response: response, penalty: penalty) - y
            made.elements[row * n + output] = change
            shift[output] += change
          }
        }
        if penalty == nil { continue }
        products.multiplyAdd(made.block.transposed, patches.block)
        for row in 0..<count { for column in 0..<d { mean[column] += patches.elements[row * d + column] } }
      }
      let scale = 1 / Double(rows)
      for output in 0..<n {
        shift[output] *= scale
        for column in 0..<d {
          products.elements[output * d + column] = scale * (products.elements[output * d + column] - shift[output] * mean[column])
        }
      }
      result.shifts.append(products)
      result.means += shift
    }
    return result
  }
}
