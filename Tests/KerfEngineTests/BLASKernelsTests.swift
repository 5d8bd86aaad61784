import KerfEngine
import Testing

@Suite struct BLASKernelsTests {
  @Test("A BLAS that fell back to old kernels is told newer ones, another one nothing")
  func newerKernelsAreNamedWhereTheMachineHasThem() {
    #expect(BLASKernels.better(than: "Prescott", with: ["scalar", "avx2", "avx512"]) == "SkylakeX")
    #expect(BLASKernels.better(than: "Prescott", with: ["scalar", "avx2"]) == "Haswell")
    #expect(BLASKernels.better(than: "Prescott", with: ["scalar"]) == nil)
    #expect(BLASKernels.better(than: "Zen", with: ["scalar", "avx2", "avx512"]) == nil)
  }
}
