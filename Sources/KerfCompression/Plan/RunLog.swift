/// What a run has to say beside its result.
struct RunLog: Sendable {
  var attempts: [Attempt] = []
  var warnings: [String] = []
  /// Why a layer was left, by name, where the request itself says it.
  var reasons: [String: String] = [:]
}
