#include "check.h"

// Elementwise kernels of bytes against scalar C, bit for bit; the packing of weights against its definition.

#pragma STDC FP_CONTRACT OFF

static float between(float r, float low, float high) {
  r = r < low ? low : r;
  return r > high ? high : r;
}

static void check_quantize(const kerf_kernels_u8 *k, long n, int behind) {
  static const float strange[] = {INFINITY, -INFINITY, NAN, 0.0f, -0.0f, 1e30f, -1e30f, 3e9f, -3e9f, 1e-40f, 0.5f, 1.5f, 2.5f, -0.5f, 16777217.0f};
  const float scales[] = {1, 0.37f, 1e-3f}, zeros[] = {0, 128, 255};
  for (int s = 0; s < 3; s++) {
    float *x = guarded_zeros(n, behind), *back = guarded_zeros(n, behind);
    uint8_t *y = guarded_bytes(n, behind);
    for (long i = 0; i < n; i++) x[i] = draw(0, 3) ? noise() * 300 * scales[s] : strange[draw(0, 14)];
    const float low = s == 1 ? zeros[s] : 0, high = s == 1 ? 200 : 255;
    k->quantize(n, x, scales[s], zeros[s], low, high, y);
    k->dequantize(n, y, scales[s], zeros[s], back);
    for (long i = 0; i < n; i++) {
      const float r = isnan(x[i]) ? zeros[s] : rintf(x[i] / scales[s]) + zeros[s];
      const uint8_t wanted = (uint8_t)between(r, low, high);
      expect_same(y + i, &wanted, 0, "%s quantize %.9g by %g, %ld of %ld", k->name, x[i], scales[s], i, n);
      const float real = ((float)y[i] - zeros[s]) * scales[s];
      expect_same(back + i, &real, 1, "%s dequantize %d, %ld of %ld", k->name, y[i], i, n);
    }
    forget();
  }
}

static void check_binary(const kerf_kernels_u8 *k, long rows, long n, long step, int behind) {
  uint8_t *a = guarded_bytes(rows * n, behind), *b = guarded_bytes(step ? rows * n : rows, behind), *y = guarded_bytes(rows * (n + 2) - 2, behind);
  const long b_row = step ? n : 1;
  levels(a, rows * n, 0);
  levels(b, step ? rows * n : rows, 0);
  const float a_scale = 0.61f, b_scale = -0.93f, bias = 77.7f, scale = 0.0123f, a_zero = 128, b_zero = 3;
  for (int product = 0; product < 2; product++)
    for (int bounded = 0; bounded < 2; bounded++) {
      const float low = bounded ? 20 : -INFINITY, high = bounded ? 240 : INFINITY;
      if (product) k->multiply(rows, n, a, n, a_zero, b, b_row, step, b_zero, scale, bias, low, high, y, n + 2);
      else k->add(rows, n, a, n, a_scale, b, b_row, step, b_scale, bias, low, high, y, n + 2);
      for (long i = 0; i < rows; i++)
        for (long j = 0; j < n; j++) {
          const float u = a[i * n + j], w = b[i * b_row + j * step];
          const float r = rintf(product ? fmaf((u - a_zero) * (w - b_zero), scale, bias) : fmaf(u, a_scale, fmaf(w, b_scale, bias)));
          const uint8_t wanted = (uint8_t)between(between(r, low, high), 0, 255);
          expect_same(y + i * (n + 2) + j, &wanted, 0, "%s %s, step %ld, %ld rows of %ld, at %ld,%ld", k->name, product ? "multiply" : "add", step, rows, n, i, j);
        }
    }
  forget();
}

static void check_lookup(const kerf_kernels_u8 *k, long n, int behind) {
  uint8_t *x = guarded_bytes(n, behind), *y = guarded_bytes(n, behind), *same = guarded_bytes(n, behind), *table = guarded_bytes(256, behind);
  levels(x, n, 0);
  levels(table, 256, 0);
  memcpy(same, x, n);
  k->lookup(n, x, table, y);
  k->lookup(n, same, table, same);
  for (long i = 0; i < n; i++) {
    expect_same(y + i, &table[x[i]], 0, "%s lookup of %d, %ld of %ld", k->name, x[i], i, n);
    expect_same(same + i, &table[x[i]], 0, "%s lookup in place of %d, %ld of %ld", k->name, x[i], i, n);
  }
  forget();
}

/// `b` is read column by column, four values at a time.
static void check_pack(const kerf_kernels_u8 *k, long n, long c, long taps, long per_segment) {
  unsigned char panels[256];
  long padded;
  const long panel_count = panels_for_u8(k, n, panels, &padded), length = per_segment * c, fours = (length + 3) / 4;
  int8_t *w = guarded_bytes(n * c * taps, 1), *out = guarded_bytes(padded * taps / per_segment * fours * 4, 1);
  weights(w, n * c * taps, 0);
  kerf_pack_u8(w, n, c, taps, per_segment, k->lanes, panels, panel_count, out);
  long first = 0;
  for (long p = 0; p < panel_count; first += panels[p++] * k->lanes) {
    const long width = panels[p] * k->lanes;
    for (long s = 0; s < taps / per_segment; s++)
      for (long i = 0; i < fours; i++)
        for (long j = 0; j < width; j++)
          for (long q = 0; q < 4; q++, out++) {
            const long value = 4 * i + q, tap = s * per_segment + value / c;
            const int8_t wanted = first + j < n && value < length ? w[((first + j) * c + value % c) * taps + tap] : 0;
            expect_same(out, &wanted, 0, "%s pack %ld of %ld x %ld in %ld, segment %ld, value %ld, column %ld", k->name, n, c, taps, per_segment, s, value, first + j);
          }
  }
  forget();
}

void check_elementwise_u8(const kerf_kernels_u8 *k) {
  reseed(22);
  for (long n = 1; n < 300; n = n < 140 ? n + 1 : n + 31) {
    check_quantize(k, n, n & 1);
    check_lookup(k, n, (n >> 1) & 1);
    check_binary(k, draw(1, 3), n, n & 1, (n >> 1) & 1);
  }
  check_pack(k, 70, 3, 9, 3);
  check_pack(k, 17, 5, 9, 1);
  check_pack(k, 96, 8, 1, 1);
  // A multiply-add a lane and round at least, and as many as it says.
  long found = 0;
  k->peak(3, &found);
  comparisons++;
  if (found < 3 * k->lanes) failures++;
}
