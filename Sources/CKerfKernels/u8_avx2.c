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
#define APART(x, bytes) __asm__ volatile("" : "+x"((x).even), "+x"((x).odd))

typedef struct {
  __m256i v[4];
} TAPS;
INLINE TAPS taps_of(B4 x0, B4 x1, B4 x2, B4 x3) {
  const __m256i low01 = _mm256_unpacklo_epi8((__m256i)x0, (__m256i)x1), high01 = _mm256_unpackhi_epi8((__m256i)x0, (__m256i)x1);
  const __m256i low23 = _mm256_unpacklo_epi8((__m256i)x2, (__m256i)x3), high23 = _mm256_unpackhi_epi8((__m256i)x2, (__m256i)x3);
  return (TAPS){{_mm256_unpacklo_epi16(low01, low23), _mm256_unpackhi_epi16(low01, low23), _mm256_unpacklo_epi16(high01, high23), _mm256_unpackhi_epi16(high01, high23)}};
}
// Weights widened: two vectors each.
#define QUAD_BYTES (32 * LANES)
#define LEVEL_SHIFT 0
INLINE void store_taps(int8_t *p, B4 w0, B4 w1, B4 w2, B4 w3) {
  const TAPS w = taps_of(w0, w1, w2, w3);
  UNROLL for (int i = 0; i < 4; i++) {
    const WEIGHTS wide = weights_of((const int8_t *)&w.v[i]);
    memcpy(p + 64 * i, &wide, sizeof wide);
  }
}
INLINE void dot_taps(VI sums[4], TAPS x, const int8_t *w) {
  UNROLL for (int i = 0; i < 4; i++) {
    WEIGHTS wide;
    memcpy(&wide, w + 64 * i, sizeof wide);
    sums[i] = dot(sums[i], pixel_bytes(x.v[i]), wide);
  }
}

/// The first or the last two vectors of taps.
typedef struct {
  PIXEL v[2];
} HALF_TAPS;
INLINE HALF_TAPS half_taps_of(const int half, B4 x0, B4 x1, B4 x2, B4 x3) {
  const __m256i a = half ? _mm256_unpackhi_epi8((__m256i)x0, (__m256i)x1) : _mm256_unpacklo_epi8((__m256i)x0, (__m256i)x1);
  const __m256i b = half ? _mm256_unpackhi_epi8((__m256i)x2, (__m256i)x3) : _mm256_unpacklo_epi8((__m256i)x2, (__m256i)x3);
  return (HALF_TAPS){{pixel_bytes(_mm256_unpacklo_epi16(a, b)), pixel_bytes(_mm256_unpackhi_epi16(a, b))}};
}
INLINE void dot_half_taps(VI sums[2], HALF_TAPS x, const int8_t *w) {
  UNROLL for (int i = 0; i < 2; i++) {
    WEIGHTS wide;
    memcpy(&wide, w + 64 * i, sizeof wide);
    sums[i] = dot(sums[i], x.v[i], wide);
  }
}
#define WORDS __m256i
#define words_of(a, b) _mm256_packs_epi32((__m256i)(a), (__m256i)(b))
#define bytes_of_words(a, b) ((B4)_mm256_packus_epi16((a), (b)))

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
