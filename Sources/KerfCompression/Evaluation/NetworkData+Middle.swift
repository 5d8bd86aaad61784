import KerfEngine
import KerfGraph

extension NetworkData {
  /// The middle of each picture of `[B, C, H, W]`, at most `edge` high and wide, at a multiple of 8 from the corner; other tensors as they are.
  static func middle(of tensor: Tensor, atMost edge: Int) -> Tensor {
    guard case .float(let values) = tensor.storage, tensor.rank == 4, tensor.shape[2] > edge || tensor.shape[3] > edge else {
      return tensor
    }
    let (height, width) = (tensor.shape[2], tensor.shape[3])
    let (rows, columns) = (min(height, edge), min(width, edge))
    let (top, left) = ((height - rows) / 16 * 8, (width - columns) / 16 * 8)
    var part: [Float] = []
    part.reserveCapacity(tensor.shape[0] * tensor.shape[1] * rows * columns)
    for plane in 0..<tensor.shape[0] * tensor.shape[1] {
      for row in top..<top + rows {
        let start = (plane * height + row) * width + left
        part += values[start..<start + columns]
      }
    }
    return Tensor(part, shape: [tensor.shape[0], tensor.shape[1], rows, columns])
  }
}
