import Foundation

/// How far the rounding of Winograd's minimal filtering can move an output: its bilinear form with every coefficient and factor replaced by its
/// magnitude, `Σ_p |A|_{yp} (Σ_t |G|_{pt} |g_t|) (Σ_j |B|_{pj} |d_j|)` along each axis, times the number of roundings and half a unit.
struct WinogradBound {
  /// One axis: `alpha` points and `taps`; alpha 1 leaves the axis alone.
  struct Axis {
    let alpha: Int
    let taps: Int
    private(set) var input: [[Double]]
    private(set) var weights: [[Double]]
    private(set) var output: [[Double]]

    var outputs: Int { alpha - taps + 1 }

    init(alpha: Int, taps: Int) {
      (self.alpha, self.taps) = (alpha, taps)
      let points = Array([0, 1, -1, 2, -2, 0.5, -0.5, 0.75, -0.75].prefix(alpha - 1))
      input = []
      weights = []
      output = Array(repeating: Array(repeating: 0, count: alpha), count: alpha - taps + 1)
      for i in 0..<alpha {
        // Coefficients of the product over all points but this one, lowest first.
        var product = [1.0]
        for (j, point) in points.enumerated() where j != i {
          product = (0...product.count).map { ($0 > 0 ? product[$0 - 1] : 0) - point * ($0 < product.count ? product[$0] : 0) }
        }
        input.append((0..<alpha).map { $0 < product.count ? abs(product[$0]) : 0 })
        if i < points.count {
          let norm = points.enumerated().reduce(1.0) { $1.offset == i ? $0 : $0 * (points[i] - $1.element) }
          weights.append((0..<taps).map { abs(pow(points[i], Double($0)) / norm) })
          for y in output.indices { output[y][i] = abs(pow(points[i], Double(y))) }
        } else {
          weights.append((0..<taps).map { $0 == taps - 1 ? 1 : 0 })
          output[output.count - 1][i] = 1
        }
      }
    }
  }

  let rows: Axis
  let columns: Axis

  /// Bounds of the `rows.outputs × columns.outputs` outputs of one tile and output channel; `pixel(i, j, c)` is the input from the tile's corner,
  /// `weight(c, i, j)` the kernel.
  func ofTile(channels: Int, pixel: (Int, Int, Int) -> Double, weight: (Int, Int, Int) -> Double) -> [[Double]] {
    var products = Array(repeating: Array(repeating: 0.0, count: columns.alpha), count: rows.alpha)
    for c in 0..<channels {
      for p in 0..<rows.alpha {
        for q in 0..<columns.alpha {
          var u = 0.0
          var v = 0.0
          for i in 0..<rows.taps { for j in 0..<columns.taps { u += rows.weights[p][i] * columns.weights[q][j] * abs(weight(c, i, j)) } }
          for i in 0..<rows.alpha where rows.input[p][i] != 0 {
            for j in 0..<columns.alpha { v += rows.input[p][i] * columns.input[q][j] * abs(pixel(i, j, c)) }
          }
          products[p][q] += u * v
        }
      }
    }
    // A transform of eight numbers rounds at most seven times an axis on the way in and out, the weights once, the sum once a channel.
    let roundings = Double(channels + 32) * 0x1p-24
    return rows.output.map { a in
      columns.output.map { b in
        var sum = 3.0
        for p in 0..<rows.alpha { for q in 0..<columns.alpha { sum += a[p] * b[q] * products[p][q] } }
        return sum * roundings
      }
    }
  }
}
