import KerfAlgebra

/// Items in clusters of equal or bounded size, each cluster near a subspace of its own: `min Σ_i ‖X_i − X_i V_{j(i)} V_{j(i)}ᵀ‖²`, `V_j` with orthonormal
/// columns.
///
/// An item is one row or several. Items go to the cluster whose subspace leaves least of them, as long as there is room; subspaces follow from their items; in
/// turn, until nothing moves. Starts: the items in their own order, items far from each other, k-means of their normalised rows, and k-means of the rows of the
/// shape interaction matrix `U Uᵀ`, whose blocks are the clusters where their subspaces are independent. The best one is kept.
///
/// - Reference: Bradley & Mangasarian, J. Global Optim. 2000 (k-planes); Costeira & Kanade, IJCV 1998 (the matrix).
struct SubspaceClustering {
  /// `[items·rowsPerItem × d]`.
  let rows: Matrix
  var rowsPerItem = 1
  /// Not more than there are items; divides their number where clusters are equally large.
  let clusters: Int
  /// Of each subspace.
  let dimension: Int
  /// Most items of a cluster; `nil` where all have as many.
  var capacity: Int?

  private static let rounds = 30
  private var items: Int { rows.rows / rowsPerItem }

  /// Cluster after cluster.
  func order(seed: UInt64) throws(AlgebraError) -> [Int] { try members(seed: seed).flatMap { $0 } }

  /// The items of each cluster, ascending; none is empty.
  func members(seed: UInt64) throws(AlgebraError) -> [[Int]] {
    if clusters == 1 { return [Array(0..<items)] }
    if clusters == items { return (0..<items).map { [$0] } }
    // The same geometry in as few coordinates as there are directions.
    let svd = try SingularValueDecomposition(rows)
    let points = svd.u.scalingColumns(svd.values)
    var best = (clusters: [Int](), left: Double.infinity)
    for start in starts(points, svd, seed: seed) {
      let found = try improved(start, points)
      if found.left < best.left * (1 - 1e-12) { best = found }
    }
    return BoundedClusters.members(best.clusters, count: clusters)
  }

  private func starts(_ points: Matrix, _ svd: SingularValueDecomposition, seed: UInt64) -> [[Int]] {
    var generator = SeededGenerator(seed: seed)
    let inOrder = (0..<items).map { $0 * clusters / items }
    if rowsPerItem > 1 { return [inOrder] + spread(points, &generator) }
    let norms = (0..<items).map { points.rowSlice($0..<$0 + 1).norm }
    let unit = points.scalingRows(norms.map { $0 > 0 ? 1 / $0 : 0 })
    let kept = min(clusters * dimension, svd.values.prefix { $0 > 1e-9 * (svd.values.first ?? 0) }.count)
    let u = svd.u.columnSlice(0..<max(1, kept))
    let interaction = u.timesTransposed(u)
    let magnitudes = Matrix(interaction.elements.map(abs), rows: items, columns: items)
    return [inOrder] + [unit, magnitudes].map { BoundedClusters.means($0, clusters: clusters, &generator) } + spread(points, &generator)
  }

  /// Assignments to the subspaces of items far from each other.
  private func spread(_ points: Matrix, _ generator: inout SeededGenerator) -> [[Int]] {
    (0..<4).compactMap { _ in
      var left = (0..<items).map { item($0, of: points).squaredNorm }
      var bases: [Matrix] = []
      for _ in 0..<clusters {
        let chosen = generator.index(weighted: left)
        guard let basis = try? self.basis([chosen], points) else { return nil }
        bases.append(basis)
        for i in 0..<items { left[i] = min(left[i], residual(i, basis, points)) }
      }
      return assign(costs(bases, points))
    }
  }

  private func item(_ index: Int, of points: Matrix) -> Matrix { points.rowSlice(index * rowsPerItem..<(index + 1) * rowsPerItem) }

  private func residual(_ index: Int, _ basis: Matrix, _ points: Matrix) -> Double {
    let own = item(index, of: points)
    return max(0, own.squaredNorm - own.timesTransposed(basis).squaredNorm)
  }

  /// Orthonormal rows `[dimension × d]` next to some items.
  private func basis(_ members: [Int], _ points: Matrix) throws(AlgebraError) -> Matrix {
    let own = points.selectingRows(members.flatMap { Array($0 * rowsPerItem..<($0 + 1) * rowsPerItem) })
    let vt = try SingularValueDecomposition(own).vt
    return vt.rowSlice(0..<min(dimension, vt.rows))
  }

  /// What every subspace leaves of every item, `[items × clusters]`.
  private func costs(_ bases: [Matrix], _ points: Matrix) -> Matrix {
    let norms = (0..<items).map { item($0, of: points).squaredNorm }
    var result = Matrix.zeros(items, bases.count)
    for (cluster, basis) in bases.enumerated() {
      let inside = points.timesTransposed(basis)
      for i in 0..<items { result[i, cluster] = max(0, norms[i] - item(i, of: inside).squaredNorm) }
    }
    return result
  }

  private func assign(_ costs: Matrix) -> [Int] {
    var result = BoundedClusters.assign(costs, room: capacity ?? items / clusters)
    var sizes = BoundedClusters.members(result, count: clusters).map(\.count)
    // Who is worst off where others remain founds the clusters that are empty.
    for cluster in sizes.indices where sizes[cluster] == 0 {
      let movable = (0..<items).filter { sizes[result[$0]] > 1 }
      guard let item = movable.max(by: { costs[$0, result[$0]] < costs[$1, result[$1]] }) else { break }
      sizes[result[item]] -= 1
      result[item] = cluster
      sizes[cluster] = 1
    }
    return result
  }

  private func improved(_ start: [Int], _ points: Matrix) throws(AlgebraError) -> (clusters: [Int], left: Double) {
    var best = (clusters: start, left: Double.infinity)
    var current = start
    for _ in 0..<Self.rounds {
      var bases: [Matrix] = []
      for members in BoundedClusters.members(current, count: clusters) { bases.append(try basis(members, points)) }
      let costs = costs(bases, points)
      let left = current.indices.reduce(0) { $0 + costs[$1, current[$1]] }
      if left >= best.left * (1 - 1e-9) { break }
      best = (current, left)
      current = assign(costs)
    }
    return best
  }
}

/// Assignments of items to clusters of bounded size.
enum BoundedClusters {
  /// Which items each cluster has, ascending.
  static func members(_ clusters: [Int], count: Int) -> [[Int]] {
    var result = [[Int]](repeating: [], count: count)
    for (item, cluster) in clusters.enumerated() { result[cluster].append(item) }
    return result
  }

  /// A cluster for every row of `costs [items × clusters]`, at most `room` in each: who has most to lose chooses first, then pairs change places as long as
  /// that lowers the sum.
  static func assign(_ costs: Matrix, room: Int) -> [Int] {
    let (items, clusters) = (costs.rows, costs.columns)
    let losses = (0..<items).map { item -> Double in
      let sorted = (0..<clusters).map { costs[item, $0] }.sorted()
      return sorted.count > 1 ? sorted[1] - sorted[0] : 0
    }
    var result = [Int](repeating: 0, count: items)
    var filled = [Int](repeating: 0, count: clusters)
    for item in (0..<items).sorted(by: { (losses[$1], $0) < (losses[$0], $1) }) {
      let free = (0..<clusters).filter { filled[$0] < room }
      let chosen = free.min { costs[item, $0] < costs[item, $1] } ?? 0
      result[item] = chosen
      filled[chosen] += 1
    }
    let tolerance = 1e-12 * costs.elements.reduce(0) { max($0, abs($1)) }
    var changed = true
    var passes = 0
    while changed && passes < 20 {
      changed = false
      passes += 1
      for i in 0..<items {
        for j in 0..<i where result[i] != result[j] {
          let (a, b) = (result[i], result[j])
          if costs[i, b] + costs[j, a] < costs[i, a] + costs[j, b] - tolerance {
            (result[i], result[j]) = (b, a)
            changed = true
          }
        }
      }
    }
    return result
  }

  /// K-means of rows, the clusters about equally large.
  static func means(_ rows: Matrix, clusters: Int, _ generator: inout SeededGenerator) -> [Int] {
    func distance(_ row: Int, _ centre: Matrix) -> Double { (rows.rowSlice(row..<row + 1) - centre).squaredNorm }
    var centres: [Matrix] = []
    var left = [Double](repeating: 1, count: rows.rows)
    for _ in 0..<clusters {
      let chosen = generator.index(weighted: left)
      let centre = rows.rowSlice(chosen..<chosen + 1)
      for row in left.indices { left[row] = centres.isEmpty ? distance(row, centre) : min(left[row], distance(row, centre)) }
      centres.append(centre)
    }
    var result: [Int] = []
    for _ in 0..<20 {
      var costs = Matrix.zeros(rows.rows, clusters)
      for row in 0..<rows.rows { for (cluster, centre) in centres.enumerated() { costs[row, cluster] = distance(row, centre) } }
      let next = assign(costs, room: (rows.rows + clusters - 1) / clusters)
      if next == result { break }
      result = next
      centres = members(result, count: clusters).map { members in
        let sum = members.reduce(Matrix.zeros(1, rows.columns)) { $0 + rows.rowSlice($1..<$1 + 1) }
        return (1 / Double(max(1, members.count))) * sum
      }
    }
    return result
  }
}

extension SeededGenerator {
  /// A place, as often as its weight says.
  fileprivate mutating func index(weighted weights: [Double]) -> Int {
    var rest = uniform() * weights.reduce(0, +)
    for (place, weight) in weights.enumerated() {
      rest -= weight
      if rest <= 0 { return place }
    }
    return max(0, weights.count - 1)
  }
}
