// The dot products of AArch64: four bytes a lane. Includers of ARMv8.6 (`KERF_MIXED_DOT`) have the one of unsigned and signed bytes; on ARMv8.2 both are
// signed, so that levels go in less 128 and what that takes away is added to the sums.

#define LANES 4
#define MAX_MR 12
#define MAX_NV 2
#define MULTIPLY_ADDS 32
#define WINDOW_PIXELS 4
#define SLIDE_PIXELS 8
#define WINDOW_SLIDES(S) S(3, 1) S(5, 1) S(7, 1) S(3, 2) S(5, 2)
#define TILES(T) \
  T(1, 1) T(2, 1) T(3, 1) T(4, 1) T(5, 1) T(6, 1) T(7, 1) T(8, 1) T(9, 1) T(10, 1) T(11, 1) T(12, 1) \
  T(1, 2) T(2, 2) T(3, 2) T(4, 2) T(5, 2) T(6, 2) T(7, 2) T(8, 2) T(9, 2) T(10, 2) T(11, 2) T(12, 2)
#define TILE_ROWS {0, 12, 12}
#include "vectors_u8.h"

#define WEIGHTS VI
#define PIXEL VI
#define weights_of(p) load_int(p)
#ifdef KERF_MIXED_DOT
#define LEVEL_SHIFT 0
#define NARROW
#define levels_of(x) (x)
#define dot(sums, x, w) ((VI)vusdotq_s32((int32x4_t)(sums), (uint8x16_t)(x), (int8x16_t)(w)))
#else
#define LEVEL_SHIFT 128
#define levels_of(x) ((x) ^ (int)0x80808080)
#define dot(sums, x, w) ((VI)vdotq_s32((int32x4_t)(sums), (int8x16_t)(x), (int8x16_t)(w)))
#define WEIGHT_SUMS(sums, w) ((VI)vdotq_s32((int32x4_t)(sums), (int8x16_t)(w), vdupq_n_s8(-128)))
#endif
INLINE VI pixel_of(const uint8_t *p) {
  int four;
  memcpy(&four, p, 4);
  return (VI)levels_of(four);
}
#define APART(x, bytes) __asm__ volatile("" : "+w"(x))

typedef struct {
  VI v[4];
} TAPS;
INLINE TAPS interleaved(B4 x0, B4 x1, B4 x2, B4 x3) {
  const uint16x8_t low01 = (uint16x8_t)vzip1q_u8((uint8x16_t)x0, (uint8x16_t)x1), high01 = (uint16x8_t)vzip2q_u8((uint8x16_t)x0, (uint8x16_t)x1);
  const uint16x8_t low23 = (uint16x8_t)vzip1q_u8((uint8x16_t)x2, (uint8x16_t)x3), high23 = (uint16x8_t)vzip2q_u8((uint8x16_t)x2, (uint8x16_t)x3);
  return (TAPS){{(VI)vzip1q_u16(low01, low23), (VI)vzip2q_u16(low01, low23), (VI)vzip1q_u16(high01, high23), (VI)vzip2q_u16(high01, high23)}};
}
INLINE TAPS taps_of(B4 x0, B4 x1, B4 x2, B4 x3) {
  TAPS t = interleaved(x0, x1, x2, x3);
  UNROLL for (int i = 0; i < 4; i++) t.v[i] = levels_of(t.v[i]);
  return t;
}
#define QUAD_BYTES (16 * LANES)
INLINE void store_taps(int8_t *p, B4 w0, B4 w1, B4 w2, B4 w3) {
  const TAPS w = interleaved(w0, w1, w2, w3);
  UNROLL for (int i = 0; i < 4; i++) *(VIU *)(p + 16 * i) = w.v[i];
}
INLINE void dot_taps(VI sums[4], TAPS x, const int8_t *w) {
  UNROLL for (int i = 0; i < 4; i++) sums[i] = dot(sums[i], x.v[i], load_int(w + 16 * i));
}

/// The first or the last two vectors of taps.
typedef struct {
  VI v[2];
} HALF_TAPS;
INLINE HALF_TAPS half_taps_of(const int half, B4 x0, B4 x1, B4 x2, B4 x3) {
  const uint16x8_t a = (uint16x8_t)(half ? vzip2q_u8((uint8x16_t)x0, (uint8x16_t)x1) : vzip1q_u8((uint8x16_t)x0, (uint8x16_t)x1));
  const uint16x8_t b = (uint16x8_t)(half ? vzip2q_u8((uint8x16_t)x2, (uint8x16_t)x3) : vzip1q_u8((uint8x16_t)x2, (uint8x16_t)x3));
  return (HALF_TAPS){{levels_of((VI)vzip1q_u16(a, b)), levels_of((VI)vzip2q_u16(a, b))}};
}
INLINE void dot_half_taps(VI sums[2], HALF_TAPS x, const int8_t *w) {
  UNROLL for (int i = 0; i < 2; i++) sums[i] = dot(sums[i], x.v[i], load_int(w + 16 * i));
}
#define WORDS int16x8_t
#define words_of(a, b) vcombine_s16(vqmovn_s32((int32x4_t)(a)), vqmovn_s32((int32x4_t)(b)))
#define bytes_of_words(a, b) ((B4)vcombine_u8(vqmovun_s16(a), vqmovun_s16(b)))

#include "narrow_neon_u8.h"
#include "template_u8.h"
