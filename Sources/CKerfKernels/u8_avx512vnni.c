#include "CKerfKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>

#include "lookup_vbmi.h"
#define KERF_ISA_NAME avx512vnni
#define LANES 16
#define MAX_MR 14
#define MAX_NV 3
#define MULTIPLY_ADDS 64
#define NARROW
#define WINDOW_PIXELS 4
#define SLIDE_PIXELS 8
#define WINDOW_SLIDES(S) S(3, 1) S(5, 1) S(7, 1) S(3, 2) S(5, 2)
#define TILES(T) \
  T(1, 1) T(2, 1) T(3, 1) T(4, 1) T(5, 1) T(6, 1) T(7, 1) T(8, 1) T(9, 1) T(10, 1) T(11, 1) T(12, 1) T(13, 1) T(14, 1) \
  T(1, 2) T(2, 2) T(3, 2) T(4, 2) T(5, 2) T(6, 2) T(7, 2) T(8, 2) T(9, 2) T(10, 2) T(11, 2) T(12, 2) T(13, 2) T(14, 2) \
  T(1, 3) T(2, 3) T(3, 3) T(4, 3) T(5, 3) T(6, 3) T(7, 3) T(8, 3) T(9, 3)
#define TILE_ROWS {0, 14, 14, 9}
// Guard pages watch these functions in their tests; the address sanitizer would take minutes to compile them.
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx512vnni,avx2,fma,bmi2"), no_sanitize("address"))), apply_to = function)
#define LOAD_PART(p, count) ((V)_mm512_maskz_loadu_ps((__mmask16)((1u << (count)) - 1), (p)))
#define STORE_PART(p, v, count) _mm512_mask_storeu_ps((p), (__mmask16)((1u << (count)) - 1), (__m512)(v))
#define LOAD_BYTES_PART(p, count) ((B4)_mm512_maskz_loadu_epi8((__mmask64)((1ull << (count)) - 1), (p)))
#define STORE_BYTES_PART(p, v, count) _mm512_mask_storeu_epi8((p), (__mmask64)((1ull << (count)) - 1), (__m512i)(v))
#include "vectors_u8.h"

#define WEIGHTS VI
#define PIXEL VI
#define weights_of(p) load_int(p)
INLINE VI pixel_of(const uint8_t *p) {
  int four;
  memcpy(&four, p, 4);
  return (VI)_mm512_set1_epi32(four);
}
#define dot(sums, x, w) ((VI)_mm512_dpbusd_epi32((__m512i)(sums), (__m512i)(x), (__m512i)(w)))
#define APART(x, bytes) __asm__ volatile("" : "+v"(x))

typedef struct {
  __m512i v[4];
} TAPS;
INLINE TAPS taps_of(B4 x0, B4 x1, B4 x2, B4 x3) {
  const __m512i low01 = _mm512_unpacklo_epi8((__m512i)x0, (__m512i)x1), high01 = _mm512_unpackhi_epi8((__m512i)x0, (__m512i)x1);
  const __m512i low23 = _mm512_unpacklo_epi8((__m512i)x2, (__m512i)x3), high23 = _mm512_unpackhi_epi8((__m512i)x2, (__m512i)x3);
  return (TAPS){{_mm512_unpacklo_epi16(low01, low23), _mm512_unpackhi_epi16(low01, low23), _mm512_unpacklo_epi16(high01, high23), _mm512_unpackhi_epi16(high01, high23)}};
}
/// Two rows of up to 32 channels, or four of up to 16.
#define WINDOW_ROWS 4
INLINE B4 load_rows(const int rows, const uint8_t *p, const long *at, long count) {
  if (rows == 2) {
    const __mmask32 inside = (__mmask32)((1ull << count) - 1);
    return (B4)_mm512_inserti64x4(_mm512_castsi256_si512(_mm256_maskz_loadu_epi8(inside, p + at[0])), _mm256_maskz_loadu_epi8(inside, p + at[1]), 1);
  }
  const __mmask16 inside = (__mmask16)((1u << count) - 1);
  __m512i v = _mm512_castsi128_si512(_mm_maskz_loadu_epi8(inside, p + at[0]));
  v = _mm512_inserti32x4(v, _mm_maskz_loadu_epi8(inside, p + at[1]), 1);
  v = _mm512_inserti32x4(v, _mm_maskz_loadu_epi8(inside, p + at[2]), 2);
  return (B4)_mm512_inserti32x4(v, _mm_maskz_loadu_epi8(inside, p + at[3]), 3);
}
INLINE void store_rows(const int rows, uint8_t *p, const long *at, B4 v, long count) {
  UNROLL for (int r = 0; r < rows; r++) {
    const __m256i half = (r * 4 / rows) < 2 ? _mm512_castsi512_si256((__m512i)v) : _mm512_extracti64x4_epi64((__m512i)v, 1);
    if (rows == 2) {
      if (count == 32) _mm256_storeu_si256((__m256i *)(p + at[r]), half);
      else _mm256_mask_storeu_epi8(p + at[r], (__mmask32)((1ull << count) - 1), half);
    } else {
      const __m128i quarter = r % 2 ? _mm256_extracti128_si256(half, 1) : _mm256_castsi256_si128(half);
      if (count == 16) _mm_storeu_si128((__m128i *)(p + at[r]), quarter);
      else _mm_mask_storeu_epi8(p + at[r], (__mmask16)((1u << count) - 1), quarter);
    }
  }
}
#define QUAD_BYTES (16 * LANES)
#define LEVEL_SHIFT 0
INLINE void store_taps(int8_t *p, B4 w0, B4 w1, B4 w2, B4 w3) {
  const TAPS w = taps_of(w0, w1, w2, w3);
  UNROLL for (int i = 0; i < 4; i++) *(VIU *)(p + 64 * i) = (VI)w.v[i];
}
INLINE void dot_taps(VI sums[4], TAPS x, const int8_t *w) {
  UNROLL for (int i = 0; i < 4; i++) sums[i] = dot(sums[i], x.v[i], load_int(w + 64 * i));
}

/// The first or the last two vectors of taps.
typedef struct {
  __m512i v[2];
} HALF_TAPS;
INLINE HALF_TAPS half_taps_of(const int half, B4 x0, B4 x1, B4 x2, B4 x3) {
  const __m512i a = half ? _mm512_unpackhi_epi8((__m512i)x0, (__m512i)x1) : _mm512_unpacklo_epi8((__m512i)x0, (__m512i)x1);
  const __m512i b = half ? _mm512_unpackhi_epi8((__m512i)x2, (__m512i)x3) : _mm512_unpacklo_epi8((__m512i)x2, (__m512i)x3);
  return (HALF_TAPS){{_mm512_unpacklo_epi16(a, b), _mm512_unpackhi_epi16(a, b)}};
}
INLINE void dot_half_taps(VI sums[2], HALF_TAPS x, const int8_t *w) {
  UNROLL for (int i = 0; i < 2; i++) sums[i] = dot(sums[i], x.v[i], load_int(w + 64 * i));
}
#define WORDS __m512i
#define words_of(a, b) _mm512_packs_epi32((__m512i)(a), (__m512i)(b))
#define bytes_of_words(a, b) ((B4)_mm512_packus_epi16((a), (b)))

#define rounded(v) ((VI)_mm512_cvtps_epi32((__m512)(v)))
/// In the order of the 128-bit lanes: 0…3, 16…19, 32…35 and 48…51 of the first vector's, and so on.
INLINE B4 narrow_taps(VI a, VI b, VI c, VI d) {
  return (B4)_mm512_packus_epi16(_mm512_packs_epi32((__m512i)a, (__m512i)b), _mm512_packs_epi32((__m512i)c, (__m512i)d));
}
INLINE B4 narrow(VI a, VI b, VI c, VI d) {
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  return (B4)_mm512_permutexvar_epi32(order, (__m512i)narrow_taps(a, b, c, d));
}

// The first processors with VNNI have no permutations of bytes.
#define LOOKUP
static void NAME(lookup_u8)(long n, const uint8_t *x, const uint8_t table[256], uint8_t *y) {
  if (__builtin_cpu_supports("avx512vbmi")) {
    kerf_lookup_vbmi(n, x, table, y);
    return;
  }
  for (long j = 0; j < n; j++) y[j] = table[x[j]];
}

#include "template_u8.h"
#pragma clang attribute pop
#endif
