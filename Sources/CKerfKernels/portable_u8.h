// The byte products in the compiler's vectors, for instruction sets without any of their own.

/// The four weights of each column, and the four bytes of a pixel, as 32-bit numbers: products and sums are exact.
typedef struct {
  VI v[4];
} WEIGHTS;
#define PIXEL WEIGHTS
INLINE WEIGHTS weights_of(const int8_t *p) {
  const VI w = load_int(p);
  return (WEIGHTS){{(w << 24) >> 24, (w << 16) >> 24, (w << 8) >> 24, w >> 24}};
}
INLINE PIXEL pixel_of(const uint8_t *p) { return (PIXEL){{(VI)(int)p[0], (VI)(int)p[1], (VI)(int)p[2], (VI)(int)p[3]}}; }
INLINE VI dot(VI sums, PIXEL x, WEIGHTS w) { return sums + x.v[0] * w.v[0] + x.v[1] * w.v[1] + x.v[2] * w.v[2] + x.v[3] * w.v[3]; }
// From memory anew: from the bytes the compiler knows that products of 16 bits do.
#define APART(x, bytes) \
  __asm__ volatile("" : "+m"(bytes)); \
  x = pixel_of(bytes)

/// Taps and their weights as they come: each is widened where it is used.
typedef struct {
  B4 v[4];
} TAPS;
typedef short SHORTS __attribute__((ext_vector_type(4 * LANES)));
INLINE TAPS taps_of(B4 x0, B4 x1, B4 x2, B4 x3) { return (TAPS){{x0, x1, x2, x3}}; }
#define QUAD_BYTES (16 * LANES)
#define LEVEL_SHIFT 0
INLINE void store_taps(int8_t *p, B4 w0, B4 w1, B4 w2, B4 w3) {
  const TAPS w = {{w0, w1, w2, w3}};
  memcpy(p, &w, sizeof w);
}
INLINE void dot_taps(VI sums[4], TAPS x, const int8_t *w) {
  typedef int8_t bytes __attribute__((ext_vector_type(4 * LANES), aligned(1), may_alias));
  UNROLL for (int i = 0; i < 4; i++) {
    const SHORTS a = __builtin_convertvector(x.v[i], SHORTS), b = __builtin_convertvector(*(const bytes *)(w + 4 * LANES * i), SHORTS);
    sums[0] += __builtin_convertvector(a.lo.lo, VI) * __builtin_convertvector(b.lo.lo, VI);
    sums[1] += __builtin_convertvector(a.lo.hi, VI) * __builtin_convertvector(b.lo.hi, VI);
    sums[2] += __builtin_convertvector(a.hi.lo, VI) * __builtin_convertvector(b.hi.lo, VI);
    sums[3] += __builtin_convertvector(a.hi.hi, VI) * __builtin_convertvector(b.hi.hi, VI);
  }
}
