import Foundation

/// What stands at the other end of an output stream.
public struct Terminal: Sendable {
  /// Whether a person watches: a terminal, not a file or a pipe.
  public let isInteractive: Bool
  /// Columns, where they are known.
  public let width: Int?

  /// Whether colours are welcome: a terminal that is not `dumb`, and `NO_COLOR` not set (https://no-color.org).
  public let welcomesColours: Bool

  public static var standardOutput: Terminal { Terminal(descriptor: STDOUT_FILENO) }
  public static var standardError: Terminal { Terminal(descriptor: STDERR_FILENO) }

  public init(isInteractive: Bool, width: Int?, welcomesColours: Bool) {
    self.isInteractive = isInteractive
    self.width = width
    self.welcomesColours = welcomesColours
  }

  init(descriptor: Int32) {
    let environment = ProcessInfo.processInfo.environment
    isInteractive = isatty(descriptor) == 1
    var size = winsize()
    let known = isInteractive && ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    width = known ? Int(size.ws_col) : isInteractive ? environment["COLUMNS"].flatMap(Int.init) ?? 80 : nil
    welcomesColours = isInteractive && environment["TERM"] != "dumb" && (environment["NO_COLOR"] ?? "").isEmpty
  }
}
