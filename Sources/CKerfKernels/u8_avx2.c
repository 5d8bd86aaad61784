#include "CKerfKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#define KERF_ISA_NAME avx2
#define LANES 8
#define MAX_MR 8
#define MAX_NV 2
#define MULTIPLY_ADDS 24
#define TILES(T) \
  T(1, 1) T(2, 1) T(3, 1) T(4, 1) T(5, 1) T(6, 1) T(7, 1) T(8, 1) \
  T(1, 2) T(2, 2) T(3, 2) T(4, 2)
#define TILE_ROWS {0, 8, 4}
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
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
#define APART(x) __asm__ volatile("" : "+x"((x).even), "+x"((x).odd))

#define rounded(v) ((VI)_mm256_cvtps_epi32((__m256)(v)))
INLINE B4 narrow_taps(VI a, VI b, VI c, VI d) {
  return (B4)_mm256_packus_epi16(_mm256_packs_epi32((__m256i)a, (__m256i)b), _mm256_packs_epi32((__m256i)c, (__m256i)d));
}
INLINE B4 narrow(VI a, VI b, VI c, VI d) {
  return (B4)_mm256_permutevar8x32_epi32((__m256i)narrow_taps(a, b, c, d), _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
}

#include "template_u8.h"
#pragma clang attribute pop
#endif
