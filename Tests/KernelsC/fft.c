#include "check.h"

// Convolution by the Fourier transform against direct sums in double, the patches of an image, and the epilogue alone.
//
// The tolerance: every transform loses at most a few units a pass against the norm of what it transforms (C. F. Van Loan's bound), norms are kept, and
// products are added over the channels; so an output is off by at most (channels + passes) units of Σ_c ‖x_c‖·‖w_c‖ over its tile, three products
// for each complex one having at most twice its factors.

typedef struct {
  long rows, columns, row_size, column_size, row_dilation, column_dilation;
} form;

static double pixel(const float *x, long h, long w, long c, long i, long j, long k) {
  return i < 0 || i >= h || j < 0 || j >= w ? 0 : x[(i * w + j) * c + k];
}

static void check_case(const kerf_kernels *k, form f, long h, long w, long c, long n, long block, int behind, int variant) {
  const long row_span = (f.rows - 1) * f.row_dilation + 1, column_span = (f.columns - 1) * f.column_dilation + 1;
  const long row_outputs = f.row_size - row_span + 1, column_outputs = f.column_size - column_span + 1, top = row_span / 2, left = column_span / 2;
  const long out_h = h + 2 * top - row_span + 1, out_w = w + 2 * left - column_span + 1, taps = f.rows * f.columns;
  const long count = kerf_fft_points(f.row_size, f.column_size);
  unsigned char panels[256];
  long width;
  const long panel_count = panels_for(k, n, panels, &width);
  float *x = guarded(h * w * c, behind), *weights = guarded(n * c * taps, behind), *u = guarded_zeros(count * c * width, behind);
  float *bias = guarded(n, 0), *slope = guarded_zeros(n, 0), *residual = guarded(out_h * out_w * n, behind), *scale = guarded(n, 1);
  float *y = guarded(out_h * out_w * n, behind), *roots = guarded_zeros(2 * KERF_FFT_ROOTS, behind);
  for (long j = 0; j < n; j++) slope[j] = 0.25f;
  kerf_fft_roots(roots);
  const kerf_fft_kernel kernel = {f.rows, f.columns, f.row_dilation, f.column_dilation, f.row_size, f.column_size};
  kerf_pack_fft_f32(weights, n, c, &kernel, k->lanes, panels, panel_count, scale, u);
  kerf_winograd_f32 g = {0};
  g.row_alpha = f.row_size, g.column_alpha = f.column_size, g.row_outputs = row_outputs, g.column_outputs = column_outputs;
  g.tile_columns = (out_w + column_outputs - 1) / column_outputs;
  g.x = x, g.x_row = w * c, g.x_column = c, g.height = h, g.width = w, g.top = top, g.left = left, g.channels = c, g.roots = roots;
  g.u = u, g.panels = panels, g.panel_count = panel_count, g.n = n;
  g.c = y, g.c_row = out_w * n, g.c_column = n, g.out_height = out_h, g.out_width = out_w;
  g.epilogue.bias = bias, g.epilogue.low = variant == 0 ? -INFINITY : -1.5f, g.epilogue.high = variant == 0 ? INFINITY : 2.5f;
  if (variant == 2) g.epilogue.slope = slope;
  if (variant) g.epilogue.residual = residual, g.residual_row = out_w * n, g.epilogue.residual_step = n;
  const long tiles = (out_h + row_outputs - 1) / row_outputs * g.tile_columns;
  for (g.first = 0; g.first < tiles; g.first += g.count) {
    g.count = tiles - g.first < block ? tiles - g.first : block;
    g.scratch = guarded_zeros(k->fft_scratch(count, g.count, c), behind);
    k->fft(&g);
  }
  const double roundings = (double)c + 4 * log2((double)(f.row_size * f.column_size)) + 8;
  for (long a = 0; a < out_h; a++)
    for (long b = 0; b < out_w; b++) {
      const long y0 = a / row_outputs * row_outputs - top, x0 = b / column_outputs * column_outputs - left;
      for (long j = 0; j < n; j++) {
        double sum = 0, norms = 0;
        for (long i = 0; i < c; i++) {
          double image = 0, filter = 0;
          for (long p = 0; p < f.row_size; p++)
            for (long q = 0; q < f.column_size; q++) image += pow(pixel(x, h, w, c, y0 + p, x0 + q, i), 2);
          for (long t = 0; t < taps; t++) {
            const double weight = weights[(j * c + i) * taps + t];
            filter += weight * weight;
            sum += weight * pixel(x, h, w, c, a - top + t / f.columns * f.row_dilation, b - left + t % f.columns * f.column_dilation, i);
          }
          norms += sqrt(image * filter);
        }
        sum = sum * scale[j] + bias[j] + (variant ? residual[(a * out_w + b) * n + j] : 0);
        if (variant == 1) sum = fmin(fmax(sum, -1.5), 2.5);
        if (variant == 2) sum = sum < 0 ? sum * 0.25 : sum;
        expect_near(
            y[(a * out_w + b) * n + j], sum, 2 * roundings * 0x1p-24 * (fabs(scale[j]) * norms + 1), "%s fft %ldx%ld size %ldx%ld dilation %ldx%ld, %ldx%ldx%ld to %ld, block %ld, pixel %ld,%ld channel %ld",
            k->name, f.rows, f.columns, f.row_size, f.column_size, f.row_dilation, f.column_dilation, h, w, c, n, block, a, b, j);
      }
    }
  forget();
}

static void check_patches(long h, long w, long c, long rows, long columns, long stride, long dilation, int behind) {
  const long top = rows / 2, left = columns, out_h = (h + 2 * top - (rows - 1) * dilation - 1) / stride + 1;
  const long out_w = (w + 2 * left - (columns - 1) * dilation - 1) / stride + 1;
  if (out_h <= 0 || out_w <= 0) return;
  const float *x = guarded(h * w * c, behind);
  float *out = guarded(out_h * out_w * rows * columns * c, behind);
  const kerf_patches_f32 g = {x, w * c, c, h, w, c, rows, columns, stride, stride, dilation, dilation, top, left, out_w};
  kerf_im2col_f32(&g, 0, out_h, out);
  for (long i = 0; i < out_h; i++)
    for (long j = 0; j < out_w; j++)
      for (long t = 0; t < rows; t++)
        for (long u = 0; u < columns; u++)
          for (long q = 0; q < c; q++)
            expect_near(
                *out++, pixel(x, h, w, c, i * stride - top + t * dilation, j * stride - left + u * dilation, q), 0, "patch %ld,%ld tap %ld,%ld channel %ld",
                i, j, t, u, q);
  forget();
}

static void check_finish(const kerf_kernels *k, long columns, long n, int behind) {
  float *sums = guarded(columns * n, behind), *bias = guarded(n, behind), *slope = guarded(n, behind), *residual = guarded(columns * n, behind);
  float *c = guarded(columns * n, behind);
  for (int variant = 0; variant < 3; variant++) {
    kerf_epilogue_f32 e = {0};
    e.bias = bias, e.low = -0.5f, e.high = 0.75f;
    if (variant) e.residual = residual, e.residual_step = n;
    if (variant == 2) e.slope = slope;
    k->finish(&e, columns, n, sums, c, n);
    for (long i = 0; i < columns * n; i++) {
      float wanted = sums[i] + bias[i % n] + (variant ? residual[i] : 0);
      wanted = variant == 2 ? wanted < 0 ? wanted * slope[i % n] : wanted : fminf(fmaxf(wanted, -0.5f), 0.75f);
      expect_near(c[i], wanted, 4 * 0x1p-24 * 4, "%s finish %ld of %ld channels, element %ld", k->name, columns, n, i);
    }
  }
  forget();
}

void check_fft(const kerf_kernels *k) {
  static const form forms[] = {{3, 3, 8, 8, 1, 1},   {5, 5, 16, 16, 1, 1}, {5, 3, 8, 16, 1, 2}, {7, 7, 32, 8, 1, 1}, {2, 2, 64, 16, 9, 3},
                               {3, 1, 8, 1, 1, 1},   {9, 1, 16, 1, 1, 1},  {5, 1, 32, 1, 3, 1}, {1, 3, 1, 8, 1, 1},  {1, 7, 1, 16, 1, 1},
                               {1, 15, 1, 64, 1, 2}, {15, 15, 32, 32, 1, 1}};
  reseed(11);
  for (unsigned i = 0; i < sizeof forms / sizeof *forms; i++) {
    check_case(k, forms[i], 1, 1, 1, 1, 1, 1, 0);
    check_case(k, forms[i], 7, 13, 16, 32, 100, 0, 0);
    check_case(k, forms[i], 13, 7, 5, 17, 5, 1, 1);
    check_case(k, forms[i], 9, 21, 19, 50, 3, 0, 2);
  }
  for (int behind = 0; behind < 2; behind++) {
    check_patches(5, 7, 3, 3, 3, 1, 1, behind);
    check_patches(4, 3, 1, 5, 2, 2, 1, behind);
    check_patches(9, 8, 17, 3, 3, 2, 3, behind);
    for (long n = 1; n < 40; n += 6) check_finish(k, 3, n, behind);
  }
}
