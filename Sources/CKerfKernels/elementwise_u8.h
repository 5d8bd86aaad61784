// Elementwise kernels over contiguous bytes, four vectors at a time.

#ifndef LOOKUP
static void NAME(lookup_u8)(long n, const uint8_t *x, const uint8_t table[256], uint8_t *y) {
  for (long j = 0; j < n; j++) y[j] = table[x[j]];
}
#endif

/// Four vectors of floats from `4·LANES` bytes.
typedef struct {
  V v[4];
} NAME(floats4);

INLINE NAME(floats4) NAME(widen)(B4 b) {
  NAME(floats4) r;
  r.v[0] = as_float(__builtin_convertvector(b.lo.lo, VI));
  r.v[1] = as_float(__builtin_convertvector(b.lo.hi, VI));
  r.v[2] = as_float(__builtin_convertvector(b.hi.lo, VI));
  r.v[3] = as_float(__builtin_convertvector(b.hi.hi, VI));
  return r;
}

/// Bytes from floats, clamped first.
INLINE B4 NAME(bytes_of)(NAME(floats4) f, V low, V high) {
  VI q[4];
  UNROLL for (int i = 0; i < 4; i++) q[i] = rounded(at_most(at_least(f.v[i], low), high));
  return narrow(q[0], q[1], q[2], q[3]);
}

#define BYTE_HIGH(high) splat((high) < 255 ? (high) : 255)

static void NAME(quantize_u8)(long n, const float *x, float scale, float zero, float low, float high, uint8_t *y) {
  const V vlow = splat(low), vhigh = BYTE_HIGH(high);
  for (long j = 0; j < n; j += 4 * LANES) {
    NAME(floats4) f;
    UNROLL for (int i = 0; i < 4; i++) {
      const long count = n - j - i * LANES;
      V v = count >= LANES ? load(x + j + i * LANES) : count > 0 ? LOAD_PART(x + j + i * LANES, count) : splat(0);
      v = v / splat(scale);
      v = v != v ? splat(0) : v;
      f.v[i] = __builtin_elementwise_rint(v) + splat(zero);
    }
    const B4 bytes = NAME(bytes_of)(f, vlow, vhigh);
    if (n - j >= 4 * LANES) *(B4U *)(y + j) = bytes;
    else STORE_BYTES_PART(y + j, bytes, n - j);
  }
}

static void NAME(dequantize_u8)(long n, const uint8_t *x, float scale, float zero, float *y) {
  for (long j = 0; j < n; j += 4 * LANES) {
    const NAME(floats4) f = NAME(widen)(n - j >= 4 * LANES ? load_bytes4(x + j) : LOAD_BYTES_PART(x + j, n - j));
    UNROLL for (int i = 0; i < 4; i++) {
      const long count = n - j - i * LANES;
      const V v = (f.v[i] - splat(zero)) * splat(scale);
      if (count >= LANES) *(VU *)(y + j + i * LANES) = v;
      else if (count > 0) STORE_PART(y + j + i * LANES, v, count);
    }
  }
}

/// Rows of `y = saturate(clamp(rint(f(a, b))))`; `EXPRESSION` is f of the floats `u` and `w`.
#define BINARY_ROWS(EXPRESSION) \
  const V vlow = splat(low), vhigh = BYTE_HIGH(high); \
  for (long i = 0; i < rows; i++, a += a_row, b += b_row, y += y_row) { \
    NAME(floats4) other = {{splat(0), splat(0), splat(0), splat(0)}}; \
    if (!b_step && n) UNROLL for (int q = 0; q < 4; q++) other.v[q] = splat(*b); \
    for (long j = 0; j < n; j += 4 * LANES) { \
      const int whole = n - j >= 4 * LANES; \
      NAME(floats4) f = NAME(widen)(whole ? load_bytes4(a + j) : LOAD_BYTES_PART(a + j, n - j)); \
      if (b_step) other = NAME(widen)(whole ? load_bytes4(b + j) : LOAD_BYTES_PART(b + j, n - j)); \
      UNROLL for (int q = 0; q < 4; q++) { \
        const V u = f.v[q], w = other.v[q]; \
        f.v[q] = EXPRESSION; \
      } \
      const B4 bytes = NAME(bytes_of)(f, vlow, vhigh); \
      if (whole) *(B4U *)(y + j) = bytes; \
      else STORE_BYTES_PART(y + j, bytes, n - j); \
    } \
  }

static void NAME(add_u8)(
    long rows, long n, const uint8_t *a, long a_row, float a_scale, const uint8_t *b, long b_row, long b_step, float b_scale, float bias, float low,
    float high, uint8_t *y, long y_row) {
  BINARY_ROWS(fused(u, splat(a_scale), fused(w, splat(b_scale), splat(bias))))
}

static void NAME(multiply_u8)(
    long rows, long n, const uint8_t *a, long a_row, float a_zero, const uint8_t *b, long b_row, long b_step, float b_zero, float scale, float bias,
    float low, float high, uint8_t *y, long y_row) {
  BINARY_ROWS(fused((u - splat(a_zero)) * (w - splat(b_zero)), splat(scale), splat(bias)))
}

/// The machine's peak: multiply-adds on registers alone, as a tile of six pixels and two vectors makes them.
static int32_t NAME(peak_u8)(long rounds, long *multiply_adds) {
  uint8_t bytes[4] = {1, 2, 3, 4};
  int8_t from[8 * LANES];
  for (int i = 0; i < 8 * LANES; i++) from[i] = (int8_t)(i % 7 - 3);
  const WEIGHTS w[2] = {weights_of(from), weights_of(from + 4 * LANES)};
  VI acc[12];
  UNROLL for (int i = 0; i < 12; i++) acc[i] = i;
  PIXEL x = pixel_of(bytes);
  for (long r = 0; r < rounds; r++) {
    UNROLL for (int i = 0; i < 12; i += 2) {
      acc[i] = dot(acc[i], x, w[0]);
      acc[i + 1] = dot(acc[i + 1], x, w[1]);
      // Keeps the compiler from making the same products once for all.
      APART(x, bytes);
    }
  }
  *multiply_adds = rounds * 12 * LANES * 4;
  VI sum = acc[0];
  UNROLL for (int i = 1; i < 12; i++) sum += acc[i];
  int32_t total = 0;
  for (int i = 0; i < LANES; i++) total = (int32_t)((uint32_t)total + (uint32_t)sum[i]);
  return total;
}
