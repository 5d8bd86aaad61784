// The float32 kernels of one instruction set, written once over the compiler's vectors. The including file defines
// KERF_ISA_NAME, LANES, MAX_MR, MAX_NV, TILES (the microkernels), TILE_ROWS (rows of the tallest tile by panel width),
// WINDOW_PIXELS, and LOAD_PART/STORE_PART where the instruction set has masks.

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

// Ends a step whose results are in `memory`: mixed with the next one, the steps' values would not fit into the registers.
#define STEP_ENDS(memory) __asm__ volatile("" : : "r"(memory) : "memory")

#include "gemm_f32.h"
#include "narrow_f32.h"
#include "window_f32.h"
#include "depthwise_pair_f32.h"
#include "winograd_transform_f32.h"
#include "winograd_output_f32.h"
#include "winograd_f32.h"
#include "elementwise_f32.h"
#include "peak_f32.h"

const kerf_kernels NAME(kerf_kernels) = {
    .name = KERF_STRING(KERF_ISA_NAME),
    .lanes = LANES,
    .max_panel = MAX_NV,
    .multiply_adds = MULTIPLY_ADDS,
    .gemm = NAME(gemm_f32),
    .narrow = NAME(narrow_f32),
    .window = NAME(window_f32),
    .winograd = NAME(winograd_f32),
    .winograd_scratch = NAME(winograd_scratch),
    .depthwise_pair = NAME(depthwise_pair_f32),
    .binary = NAME(binary_f32),
    .unary = NAME(unary_f32),
    .affine = NAME(affine_f32),
    .transpose = NAME(transpose_f32),
    .softmax = NAME(softmax_f32),
    .peak = NAME(peak_f32),
};
