#include "check.h"

// Implicit GEMM, its narrow form and the packing of weights against direct convolution in double.

typedef struct {
  long rows, columns, stride, dilation;
} kernel;

static void check_case(const kerf_kernels *k, kernel w, long height, long columns, long c, long n, int behind, int variant, int narrow) {
  // Columns lie inside the image, rows stick out: the kernel skips those.
  const long width = (columns - 1) * w.stride + w.columns, top = w.rows / 2, rows = (height + 2 * top - (w.rows - 1) * w.dilation - 1) / w.stride + 1;
  if (rows < 1) return;
  unsigned char panels[256];
  long padded;
  const long panel_count = panels_for(k, n, panels, &padded), depth = w.columns * c, taps = w.rows;
  // A row of taps is one segment: w [n][columns·c][rows].
  float *x = guarded(height * width * c, behind), *weights = guarded(n * depth * taps, 1), *scale = guarded(n, 1), *b;
  float *bias = guarded_zeros(padded, 1), *slope = guarded_zeros(padded, 1), *residual = guarded(rows * columns * n, behind), *y = guarded(rows * columns * n, behind);
  for (long j = 0; j < n; j++) bias[j] = noise(), slope[j] = 0.25f;
  if (narrow) {
    b = guarded_zeros(n * taps * depth, behind);
    for (long j = 0; j < n; j++)
      for (long t = 0; t < taps; t++)
        for (long i = 0; i < depth; i++) b[(j * taps + t) * depth + i] = weights[(j * depth + i) * taps + t] * scale[j];
  } else {
    b = guarded_zeros(padded * taps * depth, behind);
    kerf_pack_f32(weights, n, depth, taps, k->lanes, panels, panel_count, scale, b);
  }
  long offsets[16];
  for (long t = 0; t < taps; t++) offsets[t] = t * w.dilation * width * c;
  kerf_gemm_f32 g = {0};
  g.rows = rows, g.columns = columns, g.a = x - top * width * c, g.a_row = w.stride * width * c, g.a_column = w.stride * c, g.offsets = offsets;
  g.kernel_rows = taps, g.segments = 1, g.segment_length = depth, g.top = -top, g.stride = w.stride, g.dilation = w.dilation, g.height = height;
  g.b = b, g.panels = panels, g.panel_count = panel_count, g.n = n, g.c = y, g.c_row = columns * n, g.c_column = n, g.residual_row = columns * n;
  g.epilogue.bias = bias, g.epilogue.low = variant == 0 ? -INFINITY : -0.75f, g.epilogue.high = variant == 0 ? INFINITY : 1.5f;
  if (variant == 2) g.epilogue.slope = slope;
  if (variant) g.epilogue.residual = residual, g.epilogue.residual_step = n;
  (narrow ? k->narrow : k->gemm)(&g);
  for (long i = 0; i < rows; i++)
    for (long j = 0; j < columns; j++)
      for (long o = 0; o < n; o++) {
        double sum = bias[o] + (variant ? residual[(i * columns + j) * n + o] : 0), size = fabs(bias[o]) + 1;
        for (long t = 0; t < taps; t++) {
          long row = i * w.stride - top + t * w.dilation;
          if (row < 0 || row >= height) continue;
          for (long d = 0; d < depth; d++) {
            double term = (double)x[row * width * c + j * w.stride * c + d] * weights[(o * depth + d) * taps + t] * scale[o];
            sum += term;
            size += fabs(term);
          }
        }
        if (variant == 2) sum = sum < 0 ? sum * 0.25 : sum;
        else if (variant) sum = fmin(fmax(sum, -0.75), 1.5);
        expect_near(
            y[(i * columns + j) * n + o], sum, (taps * depth + 4) * 0x1p-24 * size, "%s %s %ldx%ld stride %ld, %ld rows, %ld columns, %ld to %ld, at %ld,%ld,%ld", k->name,
            narrow ? "narrow" : "gemm", w.rows, w.columns, w.stride, height, columns, c, n, i, j, o);
      }
  forget();
}

void check_gemm(const kerf_kernels *k) {
  static const kernel kernels[] = {{1, 1, 1, 1}, {3, 3, 1, 1}, {3, 3, 2, 1}, {5, 5, 1, 2}, {7, 7, 2, 1}, {11, 11, 4, 1}, {3, 1, 1, 1}, {1, 3, 1, 1}};
  static const long outputs[] = {1, 3, 16, 17, 32, 50, 80, 96};
  reseed(10);
  for (int i = 0; i < 8; i++)
    for (int n = 0; n < 8; n++)
      for (int variant = 0; variant < 3; variant++) {
        check_case(k, kernels[i], draw(1, 9), draw(1, 40), draw(1, 5), outputs[n], variant & 1, variant, 0);
        check_case(k, kernels[i], draw(1, 5), draw(1, 15), draw(6, 40), outputs[n], variant & 1, variant, 0);
        if (n < 2 || n == 7) check_case(k, kernels[i], draw(1, 9), draw(1, 20), draw(1, 40), n % 7 + 1, variant & 1, variant, 1);
      }
}
