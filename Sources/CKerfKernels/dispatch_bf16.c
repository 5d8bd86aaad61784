#include <string.h>

#include "CKerfKernels.h"

#define KERF_KERNELS_BF16(isa, floats, available) extern const kerf_kernels_bf16 kerf_kernels_bf16_##isa;
#include "kernels_bf16.inc"
#undef KERF_KERNELS_BF16

const kerf_kernels_bf16 *kerf_kernels_bf16_for(const kerf_kernels *floats) {
#if defined(__x86_64__)
  __builtin_cpu_init();
#endif
#define KERF_KERNELS_BF16(isa, set, available) \
  if (!strcmp(floats->name, #set) && (available)) return &kerf_kernels_bf16_##isa;
#include "kernels_bf16.inc"
#undef KERF_KERNELS_BF16
  (void)floats;
  return NULL;
}

/// To the nearest, halves to even; NaN stays NaN.
static uint16_t rounded(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  if (x != x) return (uint16_t)(bits >> 16 | 0x40);
  return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

void kerf_pack_bf16(const float *w, long n, long c, long taps, long lanes, const unsigned char *panels, long panel_count, const float *scale, uint16_t *out) {
  long first = 0;
  for (long p = 0; p < panel_count; p++) {
    const long width = panels[p] * lanes;
    for (long t = 0; t < taps; t++)
      for (long k0 = 0; k0 < c; k0 += 2)
        for (long j = 0; j < width; j++)
          for (long k = k0; k < k0 + 2; k++) {
            const long column = first + j;
            const float value = column < n && k < c ? w[(column * c + k) * taps + t] : 0;
            *out++ = rounded(column < n && scale ? value * scale[column] : value);
          }
    first += width;
  }
}
