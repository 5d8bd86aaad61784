import KerfGraph

/// What a search does with a network.
package protocol SearchTools {
  /// Time of the original and of a network whose layers have the chosen shapes (weights do not matter), ms.
  func time(_ choices: Choices) throws -> (original: Double, network: Double)
  /// Multiply-adds of a whole network with the chosen shapes.
  func macs(_ choices: Choices) throws -> Int
  /// Bytes of the file of a network with the chosen shapes.
  func size(_ choices: Choices) throws -> Int
  /// Bytes of its weights and activations while it runs.
  func memory(_ choices: Choices) throws -> Int
  /// Fits the chosen forms on calibration data.
  func fit(_ choices: Choices) throws -> FittedNetwork
  /// Gives the levels of a fitted network everything that helps them, as it is done with the one that is written.
  func finish(_ fitted: FittedNetwork, _ choices: Choices) throws -> FittedNetwork
  /// What forms that are fitted roughly, on a few images, do to the output together; `nil` without data.
  func screen(_ choices: Choices) throws -> NetworkHarm?
  /// What a fitted network does to the output; `nil` without data.
  func harm(_ fitted: FittedNetwork) throws -> NetworkHarm?
  /// The metric on the validation split, −∞ where the output is no number; `nil` without data.
  func validate(_ model: Model) throws -> Double?
  /// What an earlier run kept of the same choices.
  func recall(_ choices: Choices) -> Attempt?
  /// Keeps a network for later runs.
  func keep(_ attempt: Attempt)
  func log(_ attempt: Attempt)
}
