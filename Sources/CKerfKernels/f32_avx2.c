#include "CKerfKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#define KERF_ISA_NAME avx2
#define LANES 8
#define MAX_MR 12
#define MAX_NV 2
#define MULTIPLY_ADDS 16
#define WINDOW_PIXELS 6
#define TILES(T) \
  T(1, 1) T(2, 1) T(3, 1) T(4, 1) T(5, 1) T(6, 1) T(7, 1) T(8, 1) T(9, 1) T(10, 1) T(11, 1) T(12, 1) \
  T(1, 2) T(2, 2) T(3, 2) T(4, 2) T(5, 2) T(6, 2)
#define TILE_ROWS {0, 12, 6}
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define KERF_MASK(count) _mm256_cmpgt_epi32(_mm256_set1_epi32((int)(count)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7))
#define LOAD_PART(p, count) ((V)_mm256_maskload_ps((p), KERF_MASK(count)))
#define STORE_PART(p, v, count) _mm256_maskstore_ps((p), KERF_MASK(count), (__m256)(v))
#include "template_f32.h"
#pragma clang attribute pop
#endif
