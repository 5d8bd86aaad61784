import KerfData

extension CompressionRequest {
  /// What the factors are fitted to: the one list of criteria, by their names on the command line.
  public enum Fitting: String, Sendable, CaseIterable {
    case filter, data, joint, asymmetric, nonlinear, mahalanobis

    /// What is taken where nobody says: what won on networks of the card's task (Experiments/criteria); the weights alone
    /// without images.
    public static func standard(for card: DataCard?) -> Fitting {
      card.map { type(of: $0.task).givesImages ? .mahalanobis : .asymmetric } ?? .filter
    }

    /// In one line, for help texts.
    public var summary: String {
      switch self {
      case .filter: "the weights alone, no data"
      case .data: "the response to calibration images"
      case .joint: "weights and response together"
      case .asymmetric: "the original response from what the already compressed part gives"
      case .nonlinear: "the same, after the rectifier that follows the layer"
      case .mahalanobis: "asymmetric, outputs weighted by how much the next layers react to them"
      }
    }
  }
}
