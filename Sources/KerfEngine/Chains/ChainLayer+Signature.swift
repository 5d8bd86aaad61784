extension ChainLayer {
  /// The layer's shape and what is fused into it, as text without spaces: what its time depends on.
  func signature(batch: Int) -> String {
    let s = shape
    func axis(_ a: (Int, Int)) -> String { a.0 == a.1 ? "\(a.0)" : "\(a.0)x\(a.1)" }
    var text = "b\(batch),\(s.channels)x\(s.height)x\(s.width)>\(s.outputs)x\(s.outputHeight)x\(s.outputWidth)"
    text += ",k\(axis((s.rows.kernel, s.columns.kernel))),p\(s.rows.before).\(s.columns.before)"
    if s.rows.stride != 1 || s.columns.stride != 1 { text += ",s\(axis((s.rows.stride, s.columns.stride)))" }
    if s.rows.dilation != 1 || s.columns.dilation != 1 { text += ",d\(axis((s.rows.dilation, s.columns.dilation)))" }
    if onLevels { text = "u8\(toLevels ? "" : ">f"),\(text)" }
    if case .convert = kind { return "convert," + text }
    guard let layer = convolution else { return "pool," + text }
    if layer.problem.groups != 1 { text += ",g\(layer.problem.groups)" }
    if residual != nil { text += ",add" }
    if layer.epilogue.middle != nil { text += ",middle" }
    if layer.epilogue.slope != nil { text += ",slope" }
    return text
  }
}
