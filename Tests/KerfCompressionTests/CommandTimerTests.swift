import KerfCompression
import KerfGraph
import KerfONNX
import Testing

/// Clocks that are other programs; here the shell, whose milliseconds are the bytes of the file.
@Suite struct CommandTimerTests {
  private let bytes = "for file in {model}; do wc -c < \"$file\"; done"

  private func outcome(_ command: String, _ goal: Goal) throws -> Compressor.Outcome {
    var request = CompressionRequest(goal: goal, fitting: .filter, timer: command)
    request.engine.threads = 1
    return try SmallNetwork.compressor(request, data: false).run()
  }

  @Test func choicesFollowTheOtherClock() throws {
    let outcome = try outcome(bytes, .speedup(1.8))
    #expect(outcome.reached)
    let (before, after) = (outcome.result.before, outcome.result.after)
    // The clock saw the files as they are, but for the extents of the input, which are fixed for it.
    let size = try Double(ONNXFile.encode(SmallNetwork.model()).count)
    #expect(abs(try #require(before.medianMilliseconds) - size) < 64)
    #expect(try #require(after.medianMilliseconds) <= #require(before.medianMilliseconds) / 1.8)
    #expect(outcome.result.layers.contains { $0.form != nil })
  }

  @Test func commandsWithoutAPlaceForTheFilesGetThemLast() throws {
    let command = "sh -c 'for file; do echo loading \"$file\"; wc -c < \"$file\"; done' clock"
    let (a, b) = (try outcome(command, .speedup(1.8)), try outcome(bytes, .speedup(1.8)))
    #expect(a.model == b.model && a.result.after.medianMilliseconds == b.result.after.medianMilliseconds)
  }

  @Test(arguments: ["exit 3", "true", "echo 1 2", "echo -5", "no-such-program-anywhere {model}"])
  func clocksThatDoNotMeasureAreRefused(command: String) {
    let error = #expect(throws: CompressionError.self) { try outcome(command, .speedup(2)) }
    #expect(error?.code == .timer && error?.message.contains(command) == true)
  }
}
