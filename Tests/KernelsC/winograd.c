#include "check.h"

// Winograd's filtering against direct convolution in double. The tolerance of an output is the bound of its own rounding: the same bilinear form
// with every coefficient and factor replaced by its magnitude, times the number of roundings on the way.

static const double points[] = {0, 1, -1, 2, -2, 0.5, -0.5, 0.75, -0.75};

/// |Bᵀ| [alpha][alpha], |G| [alpha][taps], |Aᵀ| [m][alpha]; alpha 1: ones.
typedef struct {
  double b[10][10], g[10][10], a[10][10];
} magnitudes;

static magnitudes magnitudes_of(long alpha, long taps) {
  magnitudes r = {0};
  const long m = alpha - taps + 1;
  if (alpha == 1) {
    r.b[0][0] = r.g[0][0] = r.a[0][0] = 1;
    return r;
  }
  for (long i = 0; i < alpha; i++) {
    // Coefficients of the product over all points but p_i, lowest first.
    double poly[11] = {1}, norm = 1;
    long degree = 0;
    for (long j = 0; j < alpha - 1; j++) {
      if (j == i) continue;
      for (long d = ++degree; d >= 0; d--) poly[d] = (d ? poly[d - 1] : 0) - points[j] * (d < degree ? poly[d] : 0);
      if (i < alpha - 1) norm *= points[i] - points[j];
    }
    for (long d = 0; d < alpha; d++) r.b[i][d] = fabs(poly[d]);
    for (long t = 0; t < taps; t++) r.g[i][t] = i == alpha - 1 ? t == taps - 1 : fabs(pow(points[i], t) / norm);
    for (long y = 0; y < m; y++) r.a[y][i] = i == alpha - 1 ? y == m - 1 : fabs(pow(points[i], y));
  }
  return r;
}

typedef struct {
  long rows, columns, row_alpha, column_alpha;
} form;

static double pixel(const float *x, long h, long w, long c, long i, long j, long k) {
  return i < 0 || i >= h || j < 0 || j >= w ? 0 : x[(i * w + j) * c + k];
}

/// How large the rounding of every output of a tile and channel can be, without the unit.
static void bound(const form *f, const magnitudes *r, const magnitudes *s, const float *x, long h, long w, long c, long top, long left, const float *taps, double out[8][8]) {
  double products[10][10] = {{0}};
  for (long k = 0; k < c; k++)
    for (long p = 0; p < f->row_alpha; p++)
      for (long q = 0; q < f->column_alpha; q++) {
        double u = 0, v = 0;
        for (long i = 0; i < f->rows; i++)
          for (long j = 0; j < f->columns; j++) u += r->g[p][i] * s->g[q][j] * fabs(taps[(k * f->rows + i) * f->columns + j]);
        for (long i = 0; i < f->row_alpha; i++)
          for (long j = 0; j < f->column_alpha; j++)
            if (r->b[p][i] != 0 && s->b[q][j] != 0) v += r->b[p][i] * s->b[q][j] * fabs(pixel(x, h, w, c, top + i, left + j, k));
        products[p][q] += u * v;
      }
  for (long y = 0; y <= f->row_alpha - f->rows; y++)
    for (long z = 0; z <= f->column_alpha - f->columns; z++) {
      out[y][z] = 0;
      for (long p = 0; p < f->row_alpha; p++)
        for (long q = 0; q < f->column_alpha; q++) out[y][z] += r->a[y][p] * s->a[z][q] * products[p][q];
    }
}

static void check_case(const kerf_kernels *k, form f, long h, long w, long c, long n, long block, int behind, int variant) {
  const long row_outputs = f.row_alpha - f.rows + 1, column_outputs = f.column_alpha - f.columns + 1, top = f.rows / 2, left = f.columns / 2;
  const long out_h = h + 2 * top - f.rows + 1, out_w = w + 2 * left - f.columns + 1, taps = f.rows * f.columns, alphas = f.row_alpha * f.column_alpha;
  unsigned char panels[256];
  long width;
  const long panel_count = panels_for(k, n, panels, &width);
  float *x = guarded(h * w * c, behind), *weights = guarded(n * c * taps, behind), *u = guarded_zeros(alphas * c * width, behind);
  float *bias = guarded_zeros(width, 1), *slope = guarded_zeros(width, 1), *residual = guarded(out_h * out_w * n, behind), *scale = guarded(n, 1);
  float *y = guarded(out_h * out_w * n, behind), *zeros = guarded_zeros((c + 15) / 16 * 16, 1);
  for (long j = 0; j < n; j++) bias[j] = noise(), slope[j] = 0.25f;
  kerf_pack_winograd_f32(weights, n, c, f.rows, f.columns, f.row_alpha, f.column_alpha, k->lanes, panels, panel_count, scale, u);
  kerf_winograd_f32 g = {0};
  g.row_alpha = f.row_alpha, g.column_alpha = f.column_alpha, g.row_outputs = row_outputs, g.column_outputs = column_outputs;
  g.tile_columns = (out_w + column_outputs - 1) / column_outputs;
  g.x = x, g.x_row = w * c, g.x_column = c, g.height = h, g.width = w, g.top = top, g.left = left, g.channels = c, g.zeros = zeros;
  g.u = u, g.panels = panels, g.panel_count = panel_count, g.n = n;
  g.c = y, g.c_row = out_w * n, g.c_column = n, g.out_height = out_h, g.out_width = out_w;
  g.epilogue.bias = bias, g.epilogue.low = variant == 0 ? -INFINITY : -1.5f, g.epilogue.high = variant == 0 ? INFINITY : 2.5f;
  if (variant == 2) g.epilogue.slope = slope;
  if (variant) g.epilogue.residual = residual, g.residual_row = out_w * n, g.epilogue.residual_step = n;
  const long tiles = (out_h + row_outputs - 1) / row_outputs * g.tile_columns;
  for (g.first = 0; g.first < tiles; g.first += g.count) {
    g.count = tiles - g.first < block ? tiles - g.first : block;
    g.scratch = guarded_zeros(kerf_winograd_scratch(k, alphas, g.count, c), behind);
    k->winograd(&g);
  }
  const magnitudes r = magnitudes_of(f.row_alpha, f.rows), s = magnitudes_of(f.column_alpha, f.columns);
  for (long tile = 0; tile < tiles; tile++)
    for (long j = 0; j < n; j++) {
      const long p = tile / g.tile_columns * row_outputs, q = tile % g.tile_columns * column_outputs;
      double size[8][8];
      bound(&f, &r, &s, x, h, w, c, p - top, q - left, weights + j * c * taps, size);
      for (long a = p; a < p + row_outputs && a < out_h; a++)
        for (long b = q; b < q + column_outputs && b < out_w; b++) {
          double sum = 0;
          for (long i = 0; i < c; i++)
            for (long t = 0; t < taps; t++)
              sum += pixel(x, h, w, c, a - top + t / f.columns, b - left + t % f.columns, i) * weights[(j * c + i) * taps + t];
          sum = sum * scale[j] + bias[j] + (variant ? residual[(a * out_w + b) * n + j] : 0);
          if (variant == 1) sum = fmin(fmax(sum, -1.5), 2.5);
          if (variant == 2) sum = sum < 0 ? sum * 0.25 : sum;
          // A transform of eight numbers rounds at most seven times along an axis: on the way in, of the weights once, and on the way out.
          expect_near(
              y[(a * out_w + b) * n + j], sum, (c + 32) * 0x1p-24 * (fabs(scale[j]) * size[a - p][b - q] + 3), "%s winograd %ldx%ld alpha %ldx%ld, %ldx%ldx%ld to %ld, block %ld, pixel %ld,%ld channel %ld",
              k->name, f.rows, f.columns, f.row_alpha, f.column_alpha, h, w, c, n, block, a, b, j);
        }
    }
  forget();
}

void check_winograd(const kerf_kernels *k) {
  static const form forms[] = {
      {3, 3, 4, 4}, {3, 3, 6, 6}, {3, 3, 8, 8}, {5, 5, 6, 6}, {5, 5, 8, 8}, {7, 7, 8, 8}, {3, 5, 8, 8}, {5, 3, 6, 6},
      {3, 1, 4, 1}, {3, 1, 6, 1}, {3, 1, 8, 1}, {5, 1, 6, 1}, {5, 1, 8, 1}, {7, 1, 8, 1}, {3, 1, 10, 1}, {5, 1, 10, 1}, {7, 1, 10, 1},
      {1, 3, 1, 4}, {1, 3, 1, 6}, {1, 3, 1, 8}, {1, 5, 1, 6}, {1, 5, 1, 8}, {1, 7, 1, 8}, {1, 3, 1, 10}, {1, 5, 1, 10}, {1, 7, 1, 10}};
  reseed(7);
  for (unsigned i = 0; i < sizeof forms / sizeof *forms; i++) {
    check_case(k, forms[i], 1, 1, 1, 1, 1, 1, 0);
    check_case(k, forms[i], 7, 13, 16, 32, 100, 0, 0);
    check_case(k, forms[i], 13, 7, 5, 17, 5, 1, 1);
    check_case(k, forms[i], 9, 10, 19, 50, 7, 0, 2);
    check_case(k, forms[i], 3, 20, 70, 3, 3, 1, 2);
  }
}
