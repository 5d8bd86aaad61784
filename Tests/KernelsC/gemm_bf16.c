#include "check.h"

// Implicit GEMM of bfloat16 values, their conversion and packing, against direct convolution of rounded values in double.

/// To the nearest bfloat16, halves to even, by the spacing of its numbers.
static double rounded(float x) {
  if (x == 0) return 0;
  int exponent;
  frexp(x, &exponent);
  const double spacing = ldexp(1, exponent - 8);
  return rint(x / spacing) * spacing;
}

static float value_of(uint16_t half) {
  const uint32_t bits = (uint32_t)half << 16;
  float x;
  memcpy(&x, &bits, 4);
  return x;
}

static void check_case(const kerf_kernels *k, const kerf_kernels_bf16 *half, long taps, long kernel_columns, long height, long columns, long c, long n, int behind, int variant) {
  const long width = columns + kernel_columns - 1, top = taps / 2, rows = height + 2 * top - taps + 1, pairs = (c + 1) / 2;
  if (rows < 1) return;
  unsigned char panels[256];
  long padded;
  const long panel_count = panels_for(k, n, panels, &padded), all = taps * kernel_columns;
  float *x = guarded(height * width * c, behind), *weights = guarded(n * c * all, 1), *scale = guarded(n, 1);
  uint16_t *a = guarded_bytes(height * width * pairs * 4, behind), *b = guarded_bytes(padded * all * pairs * 4, behind);
  float *bias = guarded_zeros(padded, 1), *slope = guarded_zeros(padded, 1), *residual = guarded(rows * columns * n, behind), *y = guarded(rows * columns * n, behind);
  for (long j = 0; j < n; j++) bias[j] = noise(), slope[j] = 0.25f;
  half->convert(height * width, c, x, c, a, 2 * pairs);
  for (long i = 0; i < height * width; i++)
    for (long j = 0; j < 2 * pairs; j++)
      expect_near(value_of(a[i * 2 * pairs + j]), j < c ? rounded(x[i * c + j]) : 0, 0, "%s convert, %ld channels, at %ld,%ld", half->name, c, i, j);
  kerf_pack_bf16(weights, n, c, all, k->lanes, panels, panel_count, scale, b);
  long offsets[16];
  for (long t = 0; t < taps; t++) offsets[t] = t * width * pairs;
  kerf_gemm_f32 g = {0};
  g.rows = rows, g.columns = columns, g.a = (const float *)a - top * width * pairs, g.a_row = width * pairs, g.a_column = pairs, g.offsets = offsets;
  g.kernel_rows = taps, g.segments = 1, g.segment_length = kernel_columns * pairs, g.top = -top, g.stride = 1, g.dilation = 1, g.height = height;
  g.b = (const float *)b, g.panels = panels, g.panel_count = panel_count, g.n = n, g.c = y, g.c_row = columns * n, g.c_column = n, g.residual_row = columns * n;
  g.epilogue.bias = bias, g.epilogue.low = variant == 0 ? -INFINITY : -0.75f, g.epilogue.high = variant == 0 ? INFINITY : 1.5f;
  if (variant == 2) g.epilogue.slope = slope;
  if (variant) g.epilogue.residual = residual, g.epilogue.residual_step = n;
  half->gemm(&g);
  for (long i = 0; i < rows; i++)
    for (long j = 0; j < columns; j++)
      for (long o = 0; o < n; o++) {
        double sum = bias[o] + (variant ? residual[(i * columns + j) * n + o] : 0), size = fabs(bias[o]) + 1;
        for (long t = 0; t < taps; t++) {
          const long row = i - top + t;
          if (row < 0 || row >= height) continue;
          for (long u = 0; u < kernel_columns; u++)
            for (long d = 0; d < c; d++) {
              const double term = rounded(x[(row * width + j + u) * c + d]) * rounded(weights[(o * c + d) * all + t * kernel_columns + u] * scale[o]);
              sum += term;
              size += fabs(term);
            }
        }
        if (variant == 2) sum = sum < 0 ? sum * 0.25 : sum;
        else if (variant) sum = fmin(fmax(sum, -0.75), 1.5);
        expect_near(
            y[(i * columns + j) * n + o], sum, (all * c + 4) * 0x1p-24 * size, "%s gemm %ldx%ld, %ld rows, %ld columns, %ld to %ld, at %ld,%ld,%ld", half->name, taps,
            kernel_columns, height, columns, c, n, i, j, o);
      }
  forget();
}

void check_gemm_bf16(const kerf_kernels *k, const kerf_kernels_bf16 *half) {
  static const long kernels[][2] = {{1, 1}, {3, 1}, {1, 3}, {3, 3}, {5, 5}};
  static const long outputs[] = {1, 16, 17, 32, 50, 80};
  reseed(11);
  for (int i = 0; i < 5; i++)
    for (int n = 0; n < 6; n++)
      for (int variant = 0; variant < 3; variant++) {
        check_case(k, half, kernels[i][0], kernels[i][1], draw(1, 9), draw(1, 40), draw(1, 5), outputs[n], variant & 1, variant);
        check_case(k, half, kernels[i][0], kernels[i][1], draw(1, 5), draw(1, 15), draw(6, 70), outputs[n], variant & 1, variant);
      }
}
