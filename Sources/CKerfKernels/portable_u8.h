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
#define APART(x) __asm__ volatile("" : "+m"(x))
