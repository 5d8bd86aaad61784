import KerfGraph

/// An image of levels whose pixels are copies of another's.
struct LevelsResizeWork: StepWork {
  private let image: ImageShape
  private let rows, columns: [Int]
  let input, output: Place

  /// `nil` where positions lie outside the image.
  init?(_ image: ImageShape, _ rows: AxisTaps, _ columns: AxisTaps, _ source: String, _ y: [Int], _ planner: Planner) throws(EngineError) {
    let places = [rows, columns].map { $0.neighbours.compactMap { $0.count == 1 && $0[0].weight == 1 ? $0[0].place : nil } }
    guard places[0].count == rows.neighbours.count, places[1].count == columns.neighbours.count else { return nil }
    (self.image, self.rows, self.columns) = (image, places[0], places[1])
    input = try planner.place(of: source, as: .levels)
    output = planner.newBuffer(y, .levels)
  }

  func run(_ frame: Frame) {
    let (x, y) = (frame.readLevels(input), frame.writeLevels(output))
    let channels = image.channels
    let (row, width) = (image.width * channels, columns.count * channels)
    frame.parallel(image.batch * rows.count) { task, _ in
      let i = task % rows.count
      // SAFETY: places are inside the image; the output has rows.count rows of columns.count pixels for each image.
      let target = y + task * width
      if i > 0, rows[i] == rows[i - 1], task % 8 != 0 { return }
      let source = x + task / rows.count * image.height * row + rows[i] * row
      for (j, place) in columns.enumerated() {
        for c in 0..<channels { target[j * channels + c] = source[place * channels + c] }
      }
      // The rows below that are alike, as far as the next task that makes its own.
      var next = 1
      while i + next < rows.count, rows[i + next] == rows[i], (task + next) % 8 != 0 {
        (target + next * width).update(from: target, count: width)
        next += 1
      }
    }
  }
}
