#include "CKerfKernels.h"

void kerf_pack_u8(const int8_t *w, long n, long c, long taps, long taps_per_segment, long lanes, const unsigned char *panels, long panel_count, int8_t *out) {
  const long length = taps_per_segment * c, segments = taps / taps_per_segment;
  long first = 0;
  for (long p = 0; p < panel_count; p++) {
    const long width = panels[p] * lanes;
    for (long s = 0; s < segments; s++)
      for (long k0 = 0; k0 < length; k0 += 4)
        for (long j = 0; j < width; j++)
          for (long k = k0; k < k0 + 4; k++) {
            const long column = first + j, tap = s * taps_per_segment + k / c, channel = k % c;
            *out++ = column < n && k < length ? w[(column * c + channel) * taps + tap] : 0;
          }
    first += width;
  }
}
