import KerfDecomposition
import KerfGraph

/// Makes the criterion for a layer from what it sees on calibration data.
struct CriterionGatherer {
  let readers: ResponseReaders
  let seed: UInt64

  /// What the weights' own distance counts in `joint` beside the response's, at the metric's mean eigenvalue.
  static let filterShare = 0.1

  struct Gathered {
    var criterion: Criterion
    /// Why the criterion asked for does not apply and another one stands for it.
    var note: String?
  }

  func gather(_ site: LayerSite, _ view: LayerView, fitting: CompressionRequest.Fitting) -> Gathered {
    let gatherer = MomentGatherer(site: site, seed: seed)
    // Before anything was replaced the input is the original's: the response follows from it, and needs no regression.
    func moments() -> Moments { gatherer.gather(view, cross: view.inputIsCompressed) }
    func asymmetric(_ note: String? = nil) -> Gathered { Gathered(criterion: .asymmetric(moments()), note: note) }
    switch fitting {
    case .filter: return Gathered(criterion: .filter)
    case .data: return Gathered(criterion: .data(gatherer.gather(view, cross: false)))
    case .joint: return Gathered(criterion: .joint(gatherer.gather(view, cross: false), filterShare: Self.filterShare))
    case .asymmetric: return asymmetric()
    case .nonlinear:
      guard let rectifier = readers.rectifier(after: site) else {
        return asymmetric("no rectifier reads its response alone: fitted as asymmetric")
      }
      return Gathered(criterion: .nonlinear(moments(), gatherer.samples(view, rectifier)))
    case .mahalanobis:
      guard let weights = readers.weights(of: site, view) else {
        return asymmetric("no layer reads its response: fitted as asymmetric")
      }
      return Gathered(criterion: .mahalanobis(moments(), weights: weights))
    }
  }
}
