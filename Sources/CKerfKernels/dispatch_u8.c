#include <string.h>

#include "CKerfKernels.h"

#if defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

#define KERF_KERNELS_U8(isa, floats, available) extern const kerf_kernels_u8 kerf_kernels_u8_##isa;
#include "kernels_u8.inc"
#undef KERF_KERNELS_U8

typedef struct {
  const kerf_kernels_u8 *kernels;
  const char *floats;
} entry;

/// Writes the sets that the machine has and returns how many.
static long available(entry out[8]) {
  long count = 0;
#if defined(__x86_64__)
  __builtin_cpu_init();
#endif
#define KERF_KERNELS_U8(isa, floats, available) \
  if (available) out[count++] = (entry){&kerf_kernels_u8_##isa, #floats};
#include "kernels_u8.inc"
#undef KERF_KERNELS_U8
  return count;
}

long kerf_kernels_u8_count(void) {
  entry list[8];
  return available(list);
}

const kerf_kernels_u8 *kerf_kernels_u8_at(long index) {
  entry list[8];
  return index >= 0 && index < available(list) ? list[index].kernels : NULL;
}

/// Where a float set stands among all, best first.
static long place(const char *name) {
  static const char *const order[] = {"avx512", "avx2", "neon", "scalar"};
  for (long i = 0; i < 4; i++)
    if (!strcmp(name, order[i])) return i;
  return 4;
}

const kerf_kernels_u8 *kerf_kernels_u8_for(const kerf_kernels *floats) {
  entry list[8];
  const long count = available(list);
  for (long i = 0; i < count; i++)
    if (place(list[i].floats) >= place(floats->name)) return list[i].kernels;
  return list[count - 1].kernels;
}
