#include "CKerfKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#define KERF_ISA_NAME avx2
#define LANES 8
#define MAX_MR 8
#define MAX_NV 2
#define MULTIPLY_ADDS 24
#define WINDOW_PIXELS 2
#define SLIDE_PIXELS 4
#define WINDOW_SLIDES(S) S(3, 1) S(5, 1) S(7, 1) S(3, 2) S(5, 2)
#define TILES(T) \
  T(1, 1) T(2, 1) T(3, 1) T(4, 1) T(5, 1) T(6, 1) T(7, 1) T(8, 1) \
  T(1, 2) T(2, 2) T(3, 2) T(4, 2)
#define TILE_ROWS {0, 8, 4}
#pragma clang attribute push(__attribute__((target("avx2,fma"), no_sanitize("address"))), apply_to = function)
#include "vectors_u8.h"

/// `vpmaddubsw` adds two products of bytes in 16 bits, where 2·255·127 saturates. So the bytes are widened first: those at even places and those
/// at odd ones each become 16-bit numbers, and `vpmaddwd` adds their products in 32 bits, where nothing is lost.
typedef struct {
  __m256i even, odd;
} WEIGHTS;
#define PIXEL WEIGHTS
INLINE WEIGHTS weights_of(const int8_t *p) {
  const __m256i w = _mm256_loadu_si256((const __m256i *)p);
  return (WEIGHTS){_mm256_srai_epi16(_mm256_slli_epi16(w, 8), 8), _mm256_srai_epi16(w, 8)};
}
INLINE PIXEL pixel_bytes(__m256i x) { return (PIXEL){_mm256_and_si256(x, _mm256_set1_epi16(255)), _mm256_srli_epi16(x, 8)}; }
INLINE PIXEL pixel_of(const uint8_t *p) {
  int four;
  memcpy(&four, p, 4);
  return pixel_bytes(_mm256_set1_epi32(four));
}
INLINE VI dot(VI sums, PIXEL x, WEIGHTS w) {
  return sums + (VI)_mm256_madd_epi16(x.even, w.even) + (VI)_mm256_madd_epi16(x.odd, w.odd);
}
#define APART(x, bytes) __asm__ volatile("" : "+x"((x).even), "+x"((x).odd))

#include "avx_u8.h"
#include "template_u8.h"
#pragma clang attribute pop
#endif
