import KerfDecomposition
import KerfGraph

/// A network with fitted factors, and the relative error of each replaced layer by its criterion.
package struct FittedNetwork: Sendable {
  var model: Model
  /// What stands in the layers' places.
  var forms: [(site: LayerSite, form: LayerForm)] = []
  /// The same before it was quantized; `nil` where it is not.
  var float: Model?
  /// Whether its levels have had everything that helps them, and what that told.
  var isFinished = false
  var quantization: QuantizationResult?
  /// By layer name: `E‖y − ŷ‖² / E‖y − ȳ‖²` on calibration data, with `filter` `‖W − Ŵ‖² / ‖W‖²`.
  var errors: [String: Double]
  /// By layer name: why it was fitted by another criterion than asked for.
  var notes: [String: String] = [:]

  package init(
    model: Model, forms: [(site: LayerSite, form: LayerForm)] = [], errors: [String: Double] = [:], notes: [String: String] = [:]
  ) {
    (self.model, self.forms, self.errors, self.notes) = (model, forms, errors, notes)
  }
}
