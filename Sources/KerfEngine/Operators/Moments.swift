/// Mean and population variance of a run of elements, summed in double precision.
struct Moments {
  let mean, variance: Double

  /// With `centered` false the variance is the mean square.
  init<T: RealElement>(_ elements: ArraySlice<T>, centered: Bool = true) {
    let n = Double(max(elements.count, 1))
    var sum = 0.0
    if centered { for value in elements { sum += Double(value) } }
    let mean = sum / n
    var squares = 0.0
    for value in elements {
      let difference = Double(value) - mean
      squares += difference * difference
    }
    self.mean = mean
    variance = squares / n
  }
}
