import Foundation
import KerfData

/// What `Scripts/golden/make_data_golden.py` wrote: values of Pillow, NumPy and SciPy.
struct Golden: Decodable {
  struct Codec: Decodable, Sendable, CustomTestStringConvertibleByName {
    let name: String
    let file: String
    let width: Int
    let height: Int
    let channels: Int
    let pixels: [Double]
    var bytes: [UInt8] { Golden.bytes(file) }
  }

  struct Refused: Decodable, Sendable, CustomTestStringConvertibleByName {
    let name: String
    let file: String
    let reason: String
  }

  struct Source: Decodable, Sendable {
    let width: Int
    let height: Int
    let channels: Int
    let pixels: [Double]
  }

  struct Resampling: Decodable, Sendable, CustomTestStringConvertibleByName {
    let mode: String
    let filter: String
    let width: Int
    let height: Int
    let pixels: [Double]
    var name: String { "\(mode) \(filter) → \(width)×\(height)" }
  }

  struct Conversion: Decodable { let input, grey, luma: [Double] }

  struct Metrics: Decodable {
    let width, height, border: Int
    let clean, noisy: [Double]
    let psnr, psnrLumaBorder, ssim, ssimLumaBorder: Double
  }

  struct Noise: Decodable, Sendable {
    let seed: UInt64
    let index: Int
    let values: [Double]
  }

  struct Containers: Decodable {
    let idxImages, idxLabels, npyImages, npyLabels, npyFloats, zip, cifar: String
    let idxPixels, npyPixels, cifarPixels: [[Double]]
    let zipLabels, cifarLabels: [Int]
  }

  let codecs: [Codec]
  let refused: [Refused]
  /// The pictures that are resampled, by Pillow's mode.
  let sources: [String: Source]
  let resampling: [Resampling]
  let conversion: Conversion
  let metrics: Metrics
  let noise: [Noise]
  let containers: Containers

  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()

  /// The repository's root.
  static let root = folder.deletingLastPathComponent().deletingLastPathComponent()

  static let all: Golden = {
    do {
      return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: folder.appendingPathComponent("Golden/data.json")))
    } catch {
      preconditionFailure("Golden/data.json: \(error); make it with Scripts/golden/make_data_golden.py")
    }
  }()

  static func bytes(_ base64: String) -> [UInt8] { Data(base64Encoded: base64).map { [UInt8]($0) } ?? [] }
}

/// Tests are listed under the name of their case.
protocol CustomTestStringConvertibleByName: CustomStringConvertible { var name: String { get } }

extension CustomTestStringConvertibleByName { var description: String { name } }

extension Image {
  init(width: Int, height: Int, channels: Int, precision: Precision = .byte, values: [Double]) {
    self.init(width: width, height: height, channels: channels, precision: precision, pixels: values.map(Float.init))
  }
}

/// A folder that is removed with the value that holds it.
final class Scratch {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("kerf-data-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ bytes: [UInt8], _ name: String) throws {
    let url = URL(fileURLWithPath: "\(path)/\(name)")
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
  }
}
