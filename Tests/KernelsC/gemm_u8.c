#include "check.h"

// Implicit GEMM of bytes and its packing against direct convolution in 64-bit integers and the epilogue in scalar C, bit for bit.

typedef struct {
  long rows, columns, stride, dilation;
} kernel;

/// What a case adds to sums, scale and bias.
enum { RESIDUAL = 1, MIDDLE = 2, SLOPE = 4, FLOATS = 8, CLAMP = 16, OUTSIDE = 32, HUGE_SCALE = 64, NAN_RESIDUAL = 128, GAP = 256 };

static void check_case(const kerf_kernels_u8 *k, kernel w, long height, long columns, long c, long n, int behind, int with, int kind) {
  // Columns lie inside the image, rows stick out.
  const long width = (columns - 1) * w.stride + (w.columns - 1) * w.dilation + 1, top = w.rows / 2 * w.dilation;
  const long rows = (height + 2 * top - (w.rows - 1) * w.dilation - 1) / w.stride + 1;
  if (rows < 1) return;
  unsigned char panels[256];
  long padded;
  const long panel_count = panels_for_u8(k, n, panels, &padded);
  // Taps side by side are one segment.
  const long per_segment = w.dilation == 1 ? w.columns : 1, segments = w.columns / per_segment, length = per_segment * c, taps = w.rows * w.columns;
  const long step = n + (with & GAP ? 3 : 0), size = with & FLOATS ? 4 : 1, pixels = rows * columns;
  // Up to three bytes behind a segment may be read.
  uint8_t *x = guarded_bytes(height * width * c + 3, behind);
  int8_t *from = guarded_bytes(n * c * taps, 1), *b = guarded_bytes(padded * w.rows * segments * ((length + 3) / 4 * 4), behind);
  levels(x, height * width * c + 3, kind);
  weights(from, n * c * taps, kind == 3 ? (int)(n % 3 + 1) : kind);
  kerf_pack_u8(from, n, c, taps, per_segment, k->lanes, panels, panel_count, b);
  int32_t *sums = guarded_bytes((w.rows - 1) * padded * 4 + n * 4, behind);
  kerf_sum_rows_s8(from, n, c, w.rows, w.columns, padded, sums);
  for (long o = 0; o < n; o++)
    for (long t = 0; t < w.rows; t++) {
      float found = (float)sums[t * padded + o], wanted = 0;
      for (long d = 0; d < c; d++)
        for (long u = 0; u < w.columns; u++) wanted += from[(o * c + d) * taps + t * w.columns + u];
      expect_same(&found, &wanted, 1, "sum of row %ld of %ldx%ld weights of %ld channels, column %ld of %ld", t, w.rows, w.columns, c, o, n);
    }
  int32_t *start = guarded_bytes(padded * 4, 1), *outside = guarded_bytes(w.rows * padded * 4, behind);
  float *scale = guarded_zeros(padded, 1), *bias = guarded_zeros(padded, 1), *slope = guarded_zeros(padded, 1);
  for (long j = 0; j < n; j++) {
    start[j] = (int32_t)draw(-5000, 5000);
    for (long t = 0; t < w.rows; t++) outside[t * padded + j] = (int32_t)draw(-90000, 90000);
    scale[j] = (with & HUGE_SCALE ? 3e6f : 0.01f / sqrtf((float)(taps * c))) * (1 + noise() / 2), bias[j] = 100 + 100 * noise(), slope[j] = noise();
  }
  char *residual = guarded_bytes(pixels * n * size, behind), *y = guarded_bytes(((pixels - 1) * step + n) * size, behind);
  if (with & FLOATS) {
    for (long i = 0; i < pixels * n; i++) ((float *)residual)[i] = with & NAN_RESIDUAL && i % 5 == 0 ? NAN : 100 * noise();
  } else {
    levels((uint8_t *)residual, pixels * n, 0);
  }
  memset(y, 77, ((pixels - 1) * step + n) * size);
  long offsets[64];
  for (long t = 0; t < w.rows; t++)
    for (long s = 0; s < segments; s++) offsets[t * segments + s] = (t * width + s) * w.dilation * c;
  kerf_gemm_u8 g = {0};
  g.rows = rows, g.columns = columns, g.a = x - top * width * c, g.a_row = w.stride * width * c, g.a_column = w.stride * c, g.offsets = offsets;
  g.kernel_rows = w.rows, g.segments = segments, g.segment_length = length, g.top = -top, g.stride = w.stride, g.dilation = w.dilation, g.height = height;
  g.b = b, g.panels = panels, g.panel_count = panel_count, g.n = n, g.c = y, g.c_row = columns * step, g.c_column = step, g.residual_row = columns * n;
  if (with & OUTSIDE) g.outside = outside, g.outside_step = padded;
  kerf_epilogue_u8 *e = &g.epilogue;
  e->start = start, e->scale = scale, e->bias = bias, e->to_float = with & FLOATS ? 1 : 0;
  e->low = with & CLAMP ? 11 : -INFINITY, e->high = with & CLAMP ? 203 : INFINITY;
  if (with & SLOPE) e->slope = slope, e->offset = 3.5f, e->low = e->low > 0 ? -20 : e->low;
  if (with & MIDDLE) e->middle_scale = 0.75f, e->middle_bias = 13.3f, e->middle_low = 40, e->middle_high = 190;
  if (with & RESIDUAL) e->residual = residual, e->residual_step = n, e->residual_scale = 0.3f;
  k->gemm(&g);
  for (long i = 0; i < rows; i++)
    for (long j = 0; j < columns; j++)
      for (long o = 0; o < n; o++) {
        int64_t sum = start[o];
        for (long t = 0; t < w.rows; t++) {
          const long row = i * w.stride - top + t * w.dilation;
          if (row < 0 || row >= height) {
            if (with & OUTSIDE) sum += outside[t * padded + o];
            continue;
          }
          for (long u = 0; u < w.columns; u++)
            for (long d = 0; d < c; d++)
              sum += x[(row * width + j * w.stride + u * w.dilation) * c + d] * from[(o * c + d) * taps + t * w.columns + u];
        }
        float wanted;
        const long pixel = i * columns + j;
        finished_u8(e, o, (int32_t)sum, with & RESIDUAL ? residual + (pixel * n + o) * size : 0, &wanted);
        expect_same(
            y + (pixel * step + o) * size, &wanted, with & FLOATS, "%s gemm %ldx%ld stride %ld dilation %ld, %ld rows, %ld columns, %ld to %ld, with %d, levels %d, at %ld,%ld,%ld",
            k->name, w.rows, w.columns, w.stride, w.dilation, height, columns, c, n, with, kind, i, j, o);
      }
  // What lies between pixels is not the kernel's.
  const unsigned char untouched = 77;
  for (long i = 0; i + 1 < pixels; i++)
    for (long o = n * size; o < step * size; o++)
      expect_same(y + i * step * size + o, &untouched, 0, "%s gemm %ld to %ld, with %d, behind pixel %ld", k->name, c, n, with, i);
  forget();
}

void check_gemm_u8(const kerf_kernels_u8 *k) {
  static const kernel kernels[] = {{1, 1, 1, 1}, {3, 3, 1, 1}, {3, 3, 2, 1}, {3, 3, 1, 2}, {5, 5, 1, 1}, {7, 7, 2, 1}, {3, 1, 1, 1}, {1, 3, 1, 1}, {1, 3, 2, 3}};
  static const long outputs[] = {1, 2, 3, 16, 17, 32, 48, 50, 67, 80, 96};
  static const int withs[] = {0, CLAMP, OUTSIDE | GAP, OUTSIDE | RESIDUAL, RESIDUAL | CLAMP | SLOPE, MIDDLE, MIDDLE | RESIDUAL, MIDDLE | RESIDUAL | SLOPE | CLAMP | GAP, FLOATS | GAP,
                              FLOATS | RESIDUAL | NAN_RESIDUAL | CLAMP, FLOATS | SLOPE | MIDDLE | RESIDUAL | NAN_RESIDUAL, HUGE_SCALE, HUGE_SCALE | FLOATS | OUTSIDE, MIDDLE | CLAMP | RESIDUAL | HUGE_SCALE};
  const int kernel_count = sizeof kernels / sizeof *kernels, with_count = sizeof withs / sizeof *withs;
  reseed(20);
  for (int i = 0; i < kernel_count; i++)
    for (int n = 0; n < 11; n++)
      for (int v = 0; v < with_count; v++) check_case(k, kernels[i], draw(1, 6), draw(1, v % 4 ? 15 : 33), draw(1, 70), outputs[n], v & 1, withs[v], 0);
  // The extremes, alone and together: no intermediate result may saturate.
  for (int kind = 1; kind < 4; kind++)
    for (long n = 15; n < 18; n++)
      for (int behind = 0; behind < 2; behind++) {
        check_case(k, kernels[1], 5, 17, 63, n, behind, 0, kind);
        check_case(k, kernels[0], 1, 3, 60001, n, behind, 0, kind);
        check_case(k, kernels[0], 1, 3, 60001, n, behind, FLOATS, kind);
      }
}
