#include <stdlib.h>
#include <string.h>

#include "CKerfKernels.h"

#define KERF_KERNELS(isa, available) extern const kerf_kernels kerf_kernels_##isa;
#include "kernels.inc"
#undef KERF_KERNELS

/// Writes the sets that the machine has and returns how many.
static long available(const kerf_kernels *out[8]) {
  long count = 0;
#if defined(__x86_64__)
  __builtin_cpu_init();
#endif
#define KERF_KERNELS(isa, available) \
  if (available) out[count++] = &kerf_kernels_##isa;
#include "kernels.inc"
#undef KERF_KERNELS
  return count;
}

long kerf_kernels_count(void) {
  const kerf_kernels *list[8];
  return available(list);
}

const kerf_kernels *kerf_kernels_at(long index) {
  const kerf_kernels *list[8];
  return index >= 0 && index < available(list) ? list[index] : NULL;
}

const kerf_kernels *kerf_kernels_best(void) {
  // In this order whatever the machine has, so that a cap names a place in it.
  static const char *const order[] = {"avx512", "avx2", "neon", "scalar"};
  const char *cap = getenv("KERF_ISA");
  const kerf_kernels *list[8];
  long count = available(list), from = 0;
  for (long i = 0; cap && i < 4; i++)
    if (!strcmp(cap, order[i])) from = i;
  for (long i = 0; i < count; i++)
    for (long j = from; j < 4; j++)
      if (!strcmp(list[i]->name, order[j])) return list[i];
  return list[count - 1];
}

void kerf_pack_f32(const float *w, long n, long c, long taps, long lanes, const unsigned char *panels, long panel_count, const float *scale, float *out) {
  long first = 0;
  for (long p = 0; p < panel_count; p++) {
    long width = panels[p] * lanes;
    for (long t = 0; t < taps; t++)
      for (long k = 0; k < c; k++)
        for (long j = 0; j < width; j++) {
          long column = first + j;
          float value = column < n ? w[(column * c + k) * taps + t] : 0;
          *out++ = column < n && scale ? value * scale[column] : value;
        }
    first += width;
  }
}
