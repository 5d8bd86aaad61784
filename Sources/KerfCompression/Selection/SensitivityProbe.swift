import KerfDecomposition
import KerfEngine
import KerfGraph

/// How much the network's output changes when one layer's response is wrong by a given share.
///
/// For a layer with one form in its place of relative response error `e`: `sensitivity = E‖f − f̂‖² / e`, a first-order (linear in the error's
/// energy) model of the harm at the output; the same probe images for every layer.
struct SensitivityProbe {
  let model: Model
  let inputs: [[String: Tensor]]
  let options: EngineOptions

  /// Elements of the probe images: a few pictures, or some dozens of thumbnails.
  private static let elements = 150_000

  /// - Parameter calibration: the first images of its first batch are taken, at least 4 where there are so many.
  init(model: Model, calibration: [[String: Tensor]], options: EngineOptions) {
    self.model = model
    self.options = options
    inputs = calibration.prefix(1).map { batch in
      batch.mapValues { tensor in
        guard case .float(let values) = tensor.storage, let images = tensor.shape.first, images > 0 else { return tensor }
        let size = values.count / images
        let kept = min(images, max(4, Self.elements / max(1, size)))
        return Tensor(Array(values.prefix(kept * size)), shape: [kept] + tensor.shape.dropFirst())
      }
    }
  }

  /// The original network's outputs on the probe images.
  func reference() throws -> [[Float]] { try outputs(of: model) }

  func measure(_ site: LayerSite, form: LayerForm, error: Double, reference: [[Float]]) throws -> Double {
    try change(LayerRewriter.rewrite(model, [(site, form)]), reference: reference) / max(error, 1e-9)
  }

  /// `E‖f − f̂‖²` of another network on the probe images.
  func change(_ other: Model, reference: [[Float]]) throws -> Double {
    let changed = try outputs(of: other)
    var sum = 0.0
    var count = 0
    for (a, b) in zip(reference, changed) {
      for (x, y) in zip(a, b) { sum += Double(x - y) * Double(x - y) }
      count += a.count
    }
    return sum / Double(max(count, 1))
  }

  private func outputs(of model: Model) throws -> [[Float]] {
    var result: [[Float]] = []
    var session: Session?
    for input in inputs {
      let running = try session ?? Session(model, shapes: input.mapValues(\.shape), options: options)
      session = running
      let made = try running.run(input)
      result += model.graph.outputs.compactMap { made[$0.name]?.floats() }
    }
    return result
  }
}
