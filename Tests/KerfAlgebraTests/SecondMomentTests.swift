import KerfAlgebra
import Testing

@Suite struct SecondMomentTests {
  @Test("Mean, covariance and second moment agree with the definition, whatever the blocks", arguments: [1, 7, 50])
  func moments(block: Int) {
    var generator = SeededGenerator(seed: 4)
    let (rows, size) = (50, 6)
    // A mean far from zero shows cancellation.
    let values = (0..<rows * size).map { Double(1000 * ($0 % size)) + generator.normal() }
    var accumulator = SecondMoment(size: size)
    for start in stride(from: 0, to: rows, by: block) {
      accumulator.add(Array(values[start * size..<min(start + block, rows) * size]))
    }
    #expect(accumulator.rows == rows)
    let mean = (0..<size).map { column in (0..<rows).reduce(0) { $0 + values[$1 * size + column] } / Double(rows) }
    for i in 0..<size {
      #expect(abs(accumulator.mean[i] - mean[i]) < 1e-9)
      for j in 0..<size {
        let expected = (0..<rows).reduce(0) { $0 + (values[$1 * size + i] - mean[i]) * (values[$1 * size + j] - mean[j]) } / Double(rows)
        #expect(abs(accumulator.covariance[i, j] - expected) < 1e-9)
        #expect(abs(accumulator.secondMoment[i, j] - expected - mean[i] * mean[j]) < 1e-6)
      }
    }
  }

  @Test("Single-precision rows count like double ones")
  func single() {
    let values: [Float] = [1, 2, 3, 4, 5, 9]
    var (single, double) = (SecondMoment(size: 2), SecondMoment(size: 2))
    single.add(values)
    double.add(values.map(Double.init))
    #expect(single.covariance == double.covariance && single.mean == double.mean)
  }

  @Test("The generator is xoshiro256++ seeded by SplitMix64")
  func generator() {
    // SplitMix64's first four outputs for seed 1234567 (Vigna's reference code).
    let s: [UInt64] = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423, 4_593_380_528_125_082_431]
    let sum = s[0] &+ s[3]
    var generator = SeededGenerator(seed: 1_234_567)
    #expect(generator.next() == ((sum << 23) | (sum >> 41)) &+ s[0])
    var normal = SeededGenerator(seed: 1)
    let samples = (0..<20000).map { _ in normal.normal() }
    let mean = samples.reduce(0, +) / 20000
    let variance = samples.reduce(0) { $0 + $1 * $1 } / 20000
    #expect(abs(mean) < 5 / 20000.0.squareRoot() && abs(variance - 1) < 5 * (2 / 20000.0).squareRoot())
  }
}
