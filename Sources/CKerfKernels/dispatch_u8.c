#include <string.h>

#include "CKerfKernels.h"

#if defined(__aarch64__)
/// Whether an AArch64 processor has a feature: the system says by its name, or by a bit of what it hands every process.
#if defined(__APPLE__)
#include <sys/sysctl.h>
#define has(feature, word, bit) feature_named("hw.optional.arm." feature)
static int feature_named(const char *name) {
  int value = 0;
  size_t size = sizeof value;
  return sysctlbyname(name, &value, &size, NULL, 0) == 0 && value;
}
#elif defined(__linux__)
#include <sys/auxv.h>
#define has(feature, word, bit) ((getauxval(word) & (bit)) != 0)
#else
#define has(feature, word, bit) 0
#endif
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
