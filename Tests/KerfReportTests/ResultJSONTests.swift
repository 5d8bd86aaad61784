import Foundation
import KerfCompression
import KerfReport
import Testing

@Suite struct ResultJSONTests {
  @Test("The JSON has the documented keys, absent values as null")
  func keys() throws {
    let text = try ResultJSON.text(SampleResult.full)
    let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    for side in ["before", "after"] {
      let figures = try #require(object[side] as? [String: Any])
      for key in ["parameters", "macs", "bytes", "median_ms", "metric"] { #expect(figures[key] is NSNumber, "\(side).\(key)") }
      let measurement = try #require(figures["measurement"] as? [String: Any])
      #expect(measurement["name"] as? String == "PSNR" && measurement["count"] as? Int == 12 && measurement["standard_error"] is NSNumber)
    }
    let layers = try #require(object["layers"] as? [[String: Any]])
    #expect(layers.count == 10)
    for layer in layers { for key in ["name", "form", "rank", "reason", "error", "ms_before"] { #expect(layer[key] != nil, "\(key)") } }
    #expect(layers[0]["form"] is NSNull)
    #expect(layers[2]["form"] as? String == "spatial" && layers[2]["rank"] as? [Int] == [22])
    #expect((object["request"] as? [String: Any])?["goal"] as? String == "speedup 2")
    for key in ["model", "reached", "candidates", "pictures", "machine", "versions", "recipe", "warnings", "seconds"] {
      #expect(object[key] != nil, "\(key)")
    }
  }

  @Test("What was written is read back unchanged, infinity included")
  func roundTrip() throws {
    var result = SampleResult.full
    result.after.metric?.value = .infinity
    result.before.p10Milliseconds = nil
    let text = try ResultJSON.text(result)
    #expect(try ResultJSON.value(CompressionResult.self, from: text) == result)
    #expect(try ResultJSON.text(result) == text)
  }
}
