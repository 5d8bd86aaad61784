import CKerfKernels
import KerfGraph

/// Changes a value's layout, or takes it out of a larger one.
struct LayoutWork: StepWork {
  let name: String
  let source: Place
  let target: Place

  func run(_ frame: Frame) throws(EngineError) {
    if source.layout == .tensor {
      let tensor = frame.tensor(source)
      guard tensor.shape == source.shape, case .float(let elements) = tensor.storage else {
        throw EngineError(.shape, "'\(name)' came out as \(tensor.type) \(tensor.shape), planned was float32 \(source.shape)")
      }
      // SAFETY: `elements` holds the product of `source.shape` floats (checked above), the target buffer was planned for the same shape.
      elements.withUnsafeBufferPointer { elements in
        guard let from = elements.baseAddress else { return }
        move(from, .rowMajor, frame.write(target), target.layout, frame)
      }
    } else if target.layout == .tensor {
      guard let slot = target.slot else { return }
      let elements = [Float](unsafeUninitializedCapacity: source.count) { out, count in
        // SAFETY: `out` has room for `source.count` floats, all of which are written.
        if let to = out.baseAddress { move(frame.read(source), source.layout, to, .rowMajor, frame) }
        count = source.count
      }
      frame.tensors[slot] = Tensor(elements, shape: source.shape)
    } else {
      move(frame.read(source), source.layout, frame.write(target), target.layout, frame)
    }
  }

  private func move(_ from: UnsafePointer<Float>, _ a: Layout, _ to: UnsafeMutablePointer<Float>, _ b: Layout, _ frame: Frame) {
    guard let image = ImageShape(source.shape), !source.isDense || a != b && image.channels > 1 && image.pixels > 1 else {
      to.update(from: from, count: source.count)
      return
    }
    let (channels, pixels) = (image.channels, image.pixels)
    let step = a == .channelsLast ? source.steps.pixel : channels
    // Blocks of pixels: each is a task.
    let block = max(64, 1 << 16 / max(1, channels))
    let blocks = (pixels + block - 1) / block
    let transpose = frame.kernels.transpose
    frame.parallel(image.batch * blocks) { task, _ in
      let start = (task / blocks) * channels * pixels
      let first = task % blocks * block
      let count = min(block, pixels - first)
      // SAFETY: pixels first..<first + count of one image, inside both values of batch·channels·pixels floats; the source's pixels lie `step`
      // floats apart.
      if a == .rowMajor {
        transpose(channels, count, from + start + first, pixels, to + start + first * channels, channels)
        return
      }
      let pixel = from + (task / blocks * pixels + first) * step
      if b == .rowMajor { return transpose(count, channels, pixel, step, to + start + first, pixels) }
      for i in 0..<count { (to + start + (first + i) * channels).update(from: pixel + i * step, count: channels) }
    }
  }
}
