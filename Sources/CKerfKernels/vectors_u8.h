// The vectors of the byte kernels: LANES sums or floats, and bytes of one, two and four such vectors.

#include <string.h>

#include "isa_names.h"

typedef float V __attribute__((ext_vector_type(LANES)));
typedef int VI __attribute__((ext_vector_type(LANES)));
typedef uint8_t B1 __attribute__((ext_vector_type(LANES)));
typedef uint8_t B2 __attribute__((ext_vector_type(2 * LANES)));
typedef uint8_t B4 __attribute__((ext_vector_type(4 * LANES)));
typedef float VU __attribute__((ext_vector_type(LANES), aligned(4), may_alias));
typedef int VIU __attribute__((ext_vector_type(LANES), aligned(1), may_alias));
typedef uint8_t B1U __attribute__((ext_vector_type(LANES), aligned(1), may_alias));
typedef uint8_t B2U __attribute__((ext_vector_type(2 * LANES), aligned(1), may_alias));
typedef uint8_t B4U __attribute__((ext_vector_type(4 * LANES), aligned(1), may_alias));

#define load(p) ((V)*(const VU *)(p))
#define load_int(p) ((VI)*(const VIU *)(p))
#define load_bytes(p) ((B1)*(const B1U *)(p))
#define load_bytes4(p) ((B4)*(const B4U *)(p))
#define splat(x) ((V)(float)(x))
#define as_float(v) __builtin_convertvector((v), V)
#define fused(a, b, c) __builtin_elementwise_fma((a), (b), (c))

// The first `count` elements, zeros behind; through memory, where the instruction set has no masks.
#ifndef LOAD_PART
INLINE V NAME(load_part)(const float *p, long count) {
  float t[LANES] = {0};
  memcpy(t, p, (size_t)count * sizeof(float));
  return load(t);
}
INLINE B4 NAME(load_bytes_part)(const uint8_t *p, long count) {
  uint8_t t[4 * LANES] = {0};
  memcpy(t, p, (size_t)count);
  return load_bytes4(t);
}
INLINE void NAME(store_part)(float *p, V v, long count) {
  float t[LANES];
  *(VU *)t = v;
  memcpy(p, t, (size_t)count * sizeof(float));
}
INLINE void NAME(store_bytes_part)(uint8_t *p, B4 v, long count) {
  uint8_t t[4 * LANES];
  *(B4U *)t = v;
  memcpy(p, t, (size_t)count);
}
#define LOAD_PART(p, count) NAME(load_part)((p), (count))
#define LOAD_BYTES_PART(p, count) NAME(load_bytes_part)((p), (count))
#define STORE_PART(p, v, count) NAME(store_part)((p), (v), (count))
#define STORE_BYTES_PART(p, v, count) NAME(store_bytes_part)((p), (v), (count))
#endif

// NaN passes through both: the comparison is false for it.
INLINE V NAME(at_least)(V v, V low) { return v < low ? low : v; }
INLINE V NAME(at_most)(V v, V high) { return v > high ? high : v; }
#define at_least NAME(at_least)
#define at_most NAME(at_most)
