import KerfCompression
import KerfDecomposition
import KerfEngine
import KerfGraph
import Testing

@Suite struct HarmProbeTests {
  @Test("What comes after a layer is run alone with the same result as the whole network") func suffixesAreTheNetwork() throws {
    let model = SmallNetwork.model()
    let values = try ShapeInference.infer(
      model, inputShapes: ["x": [1, 1, 24, 24]], evaluator: Interpreter.evaluator(opset: model.opset))
    let sites = LayerScan(model, shapes: values).sites
    let probe = try HarmProbe(
      model: model, sites: sites, calibration: SmallNetwork.data(model).calibration, macsPerElement: 1e3, options: EngineOptions(threads: 1)
    )
    #expect(sites.count == 3)
    #expect(try probe.change(model) == 0)
    for site in sites.dropFirst() {
      let form = try ChannelMethod().factorize(site.kernel, rank: Rank(1), criterion: .filter)
      let (alone, whole) = (try probe.change(site, form), try probe.change(LayerRewriter.rewrite(model, [(site, form)])))
      #expect(whole == 0 || abs(alone - whole) < 1e-3 * whole, "\(site.name): \(alone), whole \(whole)")
      #expect(site.kernel.outputs == 1 || whole > 0, "\(site.name) at rank 1 changes nothing")
    }
  }
}
