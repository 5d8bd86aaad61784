#include "CKerfKernels.h"

void kerf_pack_u8(const int8_t *w, long n, long c, long taps, long taps_per_segment, long lanes, const unsigned char *panels, long panel_count, int8_t *out) {
  const long length = taps_per_segment * c, segments = taps / taps_per_segment;
  long first = 0;
  for (long p = 0; p < panel_count; p++) {
    const long width = panels[p] * lanes, full = first >= n ? 0 : n - first < width ? n - first : width;
    for (long s = 0; s < segments; s++)
      for (long k0 = 0; k0 < length; k0 += 4) {
        const long count = length - k0 < 4 ? length - k0 : 4;
        // Where a column has its four values: the last again where it has no more.
        long at[4];
        for (long i = 0; i < 4; i++) {
          const long k = k0 + (i < count ? i : count - 1);
          at[i] = k % c * taps + s * taps_per_segment + k / c;
        }
        const int8_t *column = w + first * c * taps;
        for (long j = 0; j < full; j++, column += c * taps, out += 4)
          for (long i = 0; i < 4; i++) out[i] = i < count ? column[at[i]] : 0;
        for (long j = full; j < width; j++, out += 4)
          for (long i = 0; i < 4; i++) out[i] = 0;
      }
    first += width;
  }
}

void kerf_sum_rows_s8(const int8_t *w, long n, long c, long rows, long taps_per_row, long step, int32_t *out) {
  for (long j = 0; j < n; j++, out++) {
    for (long t = 0; t < rows; t++) out[t * step] = 0;
    if (rows == 1) {
      int32_t sum = 0;
      for (long k = 0; k < c * taps_per_row; k++) sum += w[k];
      *out = sum;
      w += c * taps_per_row;
      continue;
    }
    for (long k = 0; k < c; k++)
      for (long t = 0; t < rows; t++, w += taps_per_row) {
        int32_t sum = 0;
        for (long u = 0; u < taps_per_row; u++) sum += w[u];
        out[t * step] += sum;
      }
  }
}
