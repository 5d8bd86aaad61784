import Foundation
import KerfDecomposition
import Yams

/// What was done to a network, so that it can be done again bit for bit on a machine of the same type: `small.recipe.yaml`.
public struct Recipe: Codable, Sendable, Equatable {
  public struct Source: Codable, Sendable, Equatable {
    public var file: String
    public var sha256: String

    public init(file: String, sha256: String) {
      self.file = file
      self.sha256 = sha256
    }
  }

  public struct Data: Codable, Sendable, Equatable {
    public var card: String
    public var sha256: String
    /// Images that the factors were fitted on.
    public var calibration: Int
    /// Their extents at most; `nil`: as they are.
    public var edge: Int?

    public init(card: String, sha256: String, calibration: Int, edge: Int? = nil) {
      self.edge = edge
      self.card = card
      self.sha256 = sha256
      self.calibration = calibration
    }
  }

  public struct Layer: Codable, Sendable, Equatable {
    public var name: String
    public var form: String
    public var rank: [Int]
    /// `nil`: float32.
    public var precision: LayerPrecision?

    public init(name: String, form: String, rank: [Int], precision: LayerPrecision? = nil) {
      self.name = name
      self.form = form
      self.rank = rank
      self.precision = precision
    }
  }

  public struct Machine: Codable, Sendable, Equatable {
    public var cpu: String
    public var isa: String
  }

  /// Version of Kerf that wrote it.
  public var kerf: String
  public var model: Source
  public var data: Data?
  /// Passes run on the network before anything else, by name.
  public var passes: [String]?
  public var criterion: String
  /// What precisions were allowed; `nil`: float32 alone.
  public var precision: String?
  /// Of canonical polyadic forms, a name of `CPSolverRegistry`; `nil`: the form's own.
  public var solver: String?
  /// `nil`: none.
  public var correction: CPCorrection?
  public var seed: UInt64
  public var machine: Machine?
  /// SHA-256 of the network it gave.
  public var result: String?
  public var layers: [Layer]

  public init(
    kerf: String, model: Source, data: Data?, passes: [String]? = nil, criterion: String, precision: String? = nil, solver: String? = nil,
    correction: CPCorrection? = nil, seed: UInt64, machine: Machine?,
    result: String? = nil, layers: [Layer]
  ) {
    self.kerf = kerf
    self.model = model
    self.data = data
    self.passes = passes
    self.criterion = criterion
    self.precision = precision
    self.solver = solver
    self.correction = correction
    self.seed = seed
    self.machine = machine
    self.result = result
    self.layers = layers
  }

  /// - Throws: `CompressionError.recipe` with the file and what is wrong in it.
  public static func read(_ path: String) throws(CompressionError) -> Recipe {
    do {
      return try YAMLDecoder().decode(Recipe.self, from: String(contentsOfFile: path, encoding: .utf8))
    } catch {
      throw CompressionError(.recipe, "\(path): not a recipe: \(error)")
    }
  }

  public func text() throws(CompressionError) -> String {
    do {
      return try YAMLEncoder().encode(self)
    } catch {
      throw CompressionError(.recipe, "the recipe cannot be written: \(error)")
    }
  }
}
