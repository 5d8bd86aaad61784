#include "CKerfKernels.h"

// Winograd's weights, once at load, in double.

long kerf_winograd_scratch(const kerf_kernels *kernels, long points, long count, long channels) {
  return kernels->winograd_scratch(points, count, channels);
}

/// Row `point` of G: at a finite point `p_i` the values of `1, p, p², …` over `Π_{j≠i} (p_i − p_j)`, at infinity the leading coefficient. α = 1: the identity.
static void row_of_g(long alpha, long taps, long point, double g[16]) {
  static const double points[] = {0, 1, -1, 2, -2, 0.5, -0.5, 0.75, -0.75};
  if (point == alpha - 1) {
    for (long t = 0; t < taps; t++) g[t] = t == taps - 1;
    return;
  }
  double p = points[point], value = 1;
  for (long j = 0; j < alpha - 1; j++)
    if (j != point) value /= p - points[j];
  for (long t = 0; t < taps; t++, value *= p) g[t] = value;
}

void kerf_pack_winograd_f32(
    const float *w, long n, long c, long kernel_rows, long kernel_columns, long row_alpha, long column_alpha, long lanes,
    const unsigned char *panels, long panel_count, const float *scale, float *out) {
  const long points = row_alpha * column_alpha, taps = kernel_rows * kernel_columns;
  double g[64][49];
  for (long i = 0; i < row_alpha; i++)
    for (long j = 0; j < column_alpha; j++) {
      double r[16], s[16];
      row_of_g(row_alpha, kernel_rows, i, r);
      row_of_g(column_alpha, kernel_columns, j, s);
      for (long t = 0; t < taps; t++) g[i * column_alpha + j][t] = r[t / kernel_columns] * s[t % kernel_columns];
    }
  long first = 0;
  for (long p = 0; p < panel_count; p++) {
    const long width = panels[p] * lanes;
    for (long k = 0; k < c; k++)
      for (long j = 0; j < width; j++) {
        const long column = first + j;
        const float *taps_of = w + (column * c + k) * taps;
        for (long q = 0; q < points; q++) {
          double sum = 0;
          if (column < n)
            for (long t = 0; t < taps; t++) sum += g[q][t] * taps_of[t];
          if (column < n && scale) sum *= scale[column];
          out[(q * c + k) * width + j] = (float)sum;
        }
      }
    out += points * c * width;
    first += width;
  }
}
