// Vectors of floats over the compiler's own, for the float32 kernels of one instruction set and what is built from them.

#include "isa_names.h"

typedef float V __attribute__((ext_vector_type(LANES)));
typedef float VU __attribute__((ext_vector_type(LANES), aligned(4), may_alias));
typedef int VI __attribute__((ext_vector_type(LANES)));

INLINE V NAME(load)(const float *p) { return *(const VU *)p; }
INLINE void NAME(store)(float *p, V v) { *(VU *)p = v; }
INLINE V NAME(splat)(float x) { return (V)x; }
#define load NAME(load)
#define store NAME(store)
#define splat NAME(splat)

#ifndef LOAD_PART
INLINE V NAME(load_part)(const float *p, long count) {
  V v = splat(0);
  UNROLL for (int i = 0; i < LANES; i++) if (i < count) v[i] = p[i];
  return v;
}
INLINE void NAME(store_part)(float *p, V v, long count) {
  UNROLL for (int i = 0; i < LANES; i++) if (i < count) p[i] = v[i];
}
#define LOAD_PART(p, count) NAME(load_part)((p), (count))
#define STORE_PART(p, v, count) NAME(store_part)((p), (v), (count))
#endif

// NaN passes through both: the comparison is false for it.
INLINE V NAME(clamp)(V v, V low, V high) {
  v = v < low ? low : v;
  return v > high ? high : v;
}
#define clamp NAME(clamp)
