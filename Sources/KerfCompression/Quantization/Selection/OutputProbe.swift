import Foundation
import KerfEngine
import KerfGraph

/// How much of a network's output on some calibration images is noise that rounding made.
///
/// `noise = Σ(ŷ − y)² / Σ(y − ȳ)²` against the float network; a metric over few labelled images says little of small changes, this does.
struct OutputProbe: Sendable {
  /// Images the probe runs on.
  let pieces: [[String: Tensor]]
  private let value: String
  private let reference: [[Float]]
  private let signal: Double
  private let options: EngineOptions

  init(_ model: Model, pieces: [[String: Tensor]], options: EngineOptions) throws {
    self.pieces = pieces
    value = Self.probed(model.graph)
    self.options = options
    let session = try Session(model, outputs: [value], options: options)
    let value = value
    reference = try pieces.map { try session.run($0)[value]?.floats() ?? [] }
    let flat = reference.joined()
    let mean = flat.reduce(0.0) { $0 + Double($1) } / Double(max(1, flat.count))
    signal = flat.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
  }

  /// Small batches from all over the calibration images.
  /// - Parameters:
  ///   - most: how many at most.
  ///   - work: multiply-adds that a run over all of them may take, unless fewer than three were left.
  static func pieces(of batches: [[String: Tensor]], _ model: Model, most: Int, work: Double) throws -> [[String: Tensor]] {
    let all = batches.flatMap { RangeCalibration.cut($0) }
    guard let first = all.first else { return [] }
    let macs = try NetworkCost(model, shapes: first.mapValues(\.shape)).macs
    let count = min(max(3, min(most, Int(work / Double(max(1, macs))))), all.count)
    return (0..<count).map { all[$0 * all.count / count] }
  }

  /// The first output; of a `Softmax` what it reads, since probabilities near 0 and 1 hide what happens.
  private static func probed(_ graph: Graph) -> String {
    guard let output = graph.outputs.first?.name else { return "" }
    let maker = graph.nodes.first { $0.outputs.first == output }
    return maker?.opType == "Softmax" ? maker?.inputs.first ?? output : output
  }

  func noise(_ model: Model) throws -> Double {
    let session = try Session(model, outputs: [value], options: options)
    var sum = 0.0
    for (piece, wanted) in zip(pieces, reference) {
      guard let made = try session.run(piece)[value]?.floats(), made.count == wanted.count else { return .infinity }
      for i in made.indices {
        let difference = Double(made[i] - wanted[i])
        sum += difference * difference
      }
    }
    return sum.isFinite ? sum / max(signal, .leastNormalMagnitude) : .infinity
  }

  /// A share of noise as a signal-to-quantization-noise ratio, dB.
  static func decibels(_ noise: Double) -> Double { -10 * log10(max(noise, 1e-30)) }
}
