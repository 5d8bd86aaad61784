// Taps and narrowing in vectors of 256 bits, whatever makes the products: `pixel_bytes` prepares a vector of bytes for them.

typedef struct {
  __m256i v[4];
} TAPS;
INLINE TAPS taps_of(B4 x0, B4 x1, B4 x2, B4 x3) {
  const __m256i low01 = _mm256_unpacklo_epi8((__m256i)x0, (__m256i)x1), high01 = _mm256_unpackhi_epi8((__m256i)x0, (__m256i)x1);
  const __m256i low23 = _mm256_unpacklo_epi8((__m256i)x2, (__m256i)x3), high23 = _mm256_unpackhi_epi8((__m256i)x2, (__m256i)x3);
  return (TAPS){{_mm256_unpacklo_epi16(low01, low23), _mm256_unpackhi_epi16(low01, low23), _mm256_unpacklo_epi16(high01, high23), _mm256_unpackhi_epi16(high01, high23)}};
}
#define QUAD_BYTES (4 * (int)sizeof(WEIGHTS))
#define LEVEL_SHIFT 0
INLINE void store_taps(int8_t *p, B4 w0, B4 w1, B4 w2, B4 w3) {
  const TAPS w = taps_of(w0, w1, w2, w3);
  UNROLL for (int i = 0; i < 4; i++) {
    const WEIGHTS wide = weights_of((const int8_t *)&w.v[i]);
    memcpy(p + (int)sizeof wide * i, &wide, sizeof wide);
  }
}
INLINE void dot_taps(VI sums[4], TAPS x, const int8_t *w) {
  UNROLL for (int i = 0; i < 4; i++) {
    WEIGHTS wide;
    memcpy(&wide, w + (int)sizeof wide * i, sizeof wide);
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
    memcpy(&wide, w + (int)sizeof wide * i, sizeof wide);
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
