/// Where the pixels of a channels-last value lie in a buffer that holds more than it: channel 0 of pixel (b, i, j) at
/// `offset + b·image + i·row + j·pixel` floats.
package struct ImageView: Sendable, Equatable {
  var offset, image, row, pixel: Int

  /// A value that fills its buffer.
  init(_ shape: ImageShape) {
    (offset, pixel, row) = (0, shape.channels, shape.width * shape.channels)
    image = shape.height * row
  }
}

extension Place {
  /// The steps between pixels, rows and images; of a value that is no image: of one row of single floats.
  var steps: ImageView {
    view ?? ImageView(ImageShape(shape) ?? ImageShape(batch: 1, channels: 1, height: 1, width: count))
  }

  /// The same in bytes.
  var byteSteps: ImageView {
    var steps = steps
    let size = layout.elementBytes
    (steps.offset, steps.image, steps.row, steps.pixel) = (steps.offset * size, steps.image * size, steps.row * size, steps.pixel * size)
    return steps
  }

  /// Whether the value's floats lie one behind another.
  var isDense: Bool { view == nil }

  /// The channels from `channel` on as a value of their own, in place.
  func channels(from channel: Int, shape: [Int]) -> Place {
    var view = steps
    view.offset += channel
    return Place(storage: storage, layout: layout, shape: shape, view: view)
  }

  /// The same memory through other steps.
  func viewed(_ view: ImageView, shape: [Int]) -> Place { Place(storage: storage, layout: layout, shape: shape, view: view) }
}
