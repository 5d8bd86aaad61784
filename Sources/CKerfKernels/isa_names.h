// What the templates of all kernels share: names that end in the instruction set, and how a function is taken apart at compile time.

#define KERF_JOIN_(a, b) a##_##b
#define KERF_JOIN(a, b) KERF_JOIN_(a, b)
#define NAME(stem) KERF_JOIN(stem, KERF_ISA_NAME)
#define KERF_STRING_(a) #a
#define KERF_STRING(a) KERF_STRING_(a)
#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

// A copy that no store can reach: its fields stay in registers.
#define KEEP(type) \
  const type kept = *shape, *const g = &kept
