#include "CKerfKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#define KERF_ISA_NAME avx512bf16
#define LANES 16
#define MAX_MR 14
#define MAX_NV 3
#define MULTIPLY_ADDS 32
#define TILES(T) \
  T(1, 1) T(2, 1) T(3, 1) T(4, 1) T(5, 1) T(6, 1) T(7, 1) T(8, 1) T(9, 1) T(10, 1) T(11, 1) T(12, 1) T(13, 1) T(14, 1) \
  T(1, 2) T(2, 2) T(3, 2) T(4, 2) T(5, 2) T(6, 2) T(7, 2) T(8, 2) T(9, 2) T(10, 2) T(11, 2) T(12, 2) T(13, 2) T(14, 2) \
  T(1, 3) T(2, 3) T(3, 3) T(4, 3) T(5, 3) T(6, 3) T(7, 3) T(8, 3) T(9, 3)
#define TILE_ROWS {0, 14, 14, 9}
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx512bf16,avx2,fma"))), apply_to = function)
#define LOAD_PART(p, count) ((V)_mm512_maskz_loadu_ps((__mmask16)((1u << (count)) - 1), (p)))
#define STORE_PART(p, v, count) _mm512_mask_storeu_ps((p), (__mmask16)((1u << (count)) - 1), (__m512)(v))
#include "vectors_f32.h"

// A float of the image or the weights is a pair of values; the sums are floats.
#define MULTIPLY_ADD(x, w, sum) ((V)_mm512_dpbf16_ps((__m512)(sum), (__m512bh)(x), (__m512bh)(w)))
#include "gemm_f32.h"

static void NAME(convert)(long rows, long n, const float *x, long x_row, uint16_t *y, long y_row) {
  for (long i = 0; i < rows; i++, x += x_row, y += y_row) {
    long j = 0;
    for (; j + 32 <= n; j += 32)
      _mm512_storeu_si512(y + j, (__m512i)_mm512_cvtne2ps_pbh(_mm512_loadu_ps(x + j + 16), _mm512_loadu_ps(x + j)));
    for (; j < n; j += 16) {
      const long count = n - j < 16 ? n - j : 16, even = (count + 1) / 2 * 2;
      const __m256bh half = _mm512_cvtneps_pbh(_mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1), x + j));
      _mm256_mask_storeu_epi16(y + j, (__mmask16)((1u << even) - 1), (__m256i)half);
    }
  }
}

static float NAME(peak)(long rounds, long *multiply_adds) {
  V sums[12];
  UNROLL for (int i = 0; i < 12; i++) sums[i] = splat((float)i);
  V x = splat(0.999f);
  for (long r = 0; r < rounds; r++) {
    UNROLL for (int i = 0; i < 12; i++) sums[i] = MULTIPLY_ADD(x, x, sums[i]);
    // Keeps the compiler from taking rounds together.
    __asm__ volatile("" : "+m"(x));
  }
  *multiply_adds = rounds * 12 * 2 * LANES;
  V sum = sums[0];
  UNROLL for (int i = 1; i < 12; i++) sum += sums[i];
  return sum[0];
}

const kerf_kernels_bf16 NAME(kerf_kernels_bf16) = {
    .name = KERF_STRING(KERF_ISA_NAME),
    .multiply_adds = MULTIPLY_ADDS,
    .gemm = NAME(gemm_f32),
    .convert = NAME(convert),
    .peak = NAME(peak),
};
#pragma clang attribute pop
#endif
