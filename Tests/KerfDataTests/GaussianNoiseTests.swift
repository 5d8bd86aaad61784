import KerfData
import Testing

@Suite struct GaussianNoiseTests {
  @Test("The numbers are those of the stated generator, written again in Python", arguments: Golden.all.noise)
  func reference(_ golden: Golden.Noise) {
    var noise = GaussianNoise(seed: golden.seed, index: golden.index)
    // The two logarithms differ by a few units in the last place, of which the square root keeps half.
    for wanted in golden.values { #expect(abs(noise.next() - wanted) <= 8 * .ulpOfOne * abs(wanted)) }
  }

  @Test("Mean, variance, skewness and kurtosis are those of the normal distribution", arguments: [0, 1, 2])
  func moments(index: Int) {
    var noise = GaussianNoise(seed: 0, index: index)
    let count = 200_000
    var sums = [0.0, 0, 0, 0]
    for _ in 0..<count {
      let x = noise.next()
      for power in 0..<4 { sums[power] += (0...power).reduce(1) { product, _ in product * x } }
    }
    // Var xᵏ for k = 1...4 is 1, 2, 15, 96; five standard errors.
    for (power, (wanted, variance)) in [(0.0, 1.0), (1, 2), (0, 15), (3, 96)].enumerated() {
      #expect(abs(sums[power] / Double(count) - wanted) < 5 * (variance / Double(count)).squareRoot(), "moment \(power + 1)")
    }
  }

  @Test("Neighbouring pictures and neighbouring numbers are uncorrelated") func correlation() {
    let count = 100_000
    func stream(_ seed: UInt64, _ index: Int) -> [Double] {
      var noise = GaussianNoise(seed: seed, index: index)
      return (0..<count).map { _ in noise.next() }
    }
    let first = stream(0, 0)
    for other in [stream(0, 1), stream(1, 0), Array(first.dropFirst()), Array(first.dropFirst(2))] {
      let product = zip(first, other).reduce(0) { $0 + $1.0 * $1.1 } / Double(count)
      #expect(abs(product) < 5 / Double(count).squareRoot())
    }
  }

  @Test("Noise is added per channel and not clipped") func added() {
    let image = Image(width: 64, height: 64, channels: 3, precision: .byte, pixels: [Float](repeating: 0, count: 64 * 64 * 3))
    let noisy = image.addingNoise(sigma: 10, seed: 0, index: 0)
    #expect(noisy.pixels.contains { $0 < -10 })
    #expect(noisy == image.addingNoise(sigma: 10, seed: 0, index: 0))
    #expect(noisy != image.addingNoise(sigma: 10, seed: 0, index: 1))
  }
}
