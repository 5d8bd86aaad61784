#include "CKerfKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#define KERF_ISA_NAME avx512
#define LANES 16
#define MAX_MR 14
#define MAX_NV 3
#define MULTIPLY_ADDS 16
#define WINDOW_PIXELS 8
#define TILES(T) \
  T(1, 1) T(2, 1) T(3, 1) T(4, 1) T(5, 1) T(6, 1) T(7, 1) T(8, 1) T(9, 1) T(10, 1) T(11, 1) T(12, 1) T(13, 1) T(14, 1) \
  T(1, 2) T(2, 2) T(3, 2) T(4, 2) T(5, 2) T(6, 2) T(7, 2) T(8, 2) T(9, 2) T(10, 2) T(11, 2) T(12, 2) T(13, 2) T(14, 2) \
  T(1, 3) T(2, 3) T(3, 3) T(4, 3) T(5, 3) T(6, 3) T(7, 3) T(8, 3) T(9, 3)
#define TILE_ROWS {0, 14, 14, 9}
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"))), apply_to = function)
#define LOAD_PART(p, count) ((V)_mm512_maskz_loadu_ps((__mmask16)((1u << (count)) - 1), (p)))
#define STORE_PART(p, v, count) _mm512_mask_storeu_ps((p), (__mmask16)((1u << (count)) - 1), (__m512)(v))
#include "template_f32.h"
#pragma clang attribute pop
#endif
