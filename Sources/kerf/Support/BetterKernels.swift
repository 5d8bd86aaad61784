import Foundation
import KerfEngine

/// OpenBLAS chooses its kernels before `main` runs, and only a variable tells it better: where it chose badly the program starts itself
/// again with that variable. A user's own choice stands.
enum BetterKernels {
  static func restart() {
    #if os(Linux)
      guard ProcessInfo.processInfo.environment[BLASKernels.variable] == nil, let name = BLASKernels.better,
        let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
      else { return }
      setenv(BLASKernels.variable, name, 1)
      // Returns only where it failed: then the slower kernels do.
      execv(program, CommandLine.unsafeArgv)
    #endif
  }
}
