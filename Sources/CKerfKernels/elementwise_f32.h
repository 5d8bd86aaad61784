// Elementwise kernels over contiguous floats.

/// `e^x` to about one unit in the last place: `x = n·ln 2 + r`, a polynomial of degree 6 in `r`, times `2^n` in two steps so that
/// subnormal results come out. Cephes, S. L. Moshier, 1992 (expf).
INLINE V NAME(exp)(V x) {
  V bounded = clamp(x, splat(-104.0f), splat(89.0f));
  // Adding and taking away 1.5·2^23 rounds to an integer.
  V shift = splat(12582912.0f);
  V n = (bounded * 1.44269504088896341f + shift) - shift;
  V r = n * -0.693359375f + bounded;
  r = n * 2.12194440e-4f + r;
  V p = splat(1.9875691500e-4f);
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r;
  p = p + 1;
  // NaN has no integer: its lanes are replaced before the conversion and come back as the sum below.
  n = n != n ? splat(0) : n;
  VI whole = __builtin_convertvector(n, VI), half = whole >> 1, rest = whole - half;
  VI a = (half + 127) << 23, b = (rest + 127) << 23;
  V y = p * (V)a * (V)b;
  return x != x ? x : y;
}

INLINE V NAME(tanh)(V x) {
  V magnitude = x < 0 ? -x : x;
  V e = NAME(exp)(magnitude * -2);
  V big = (1 - e) / (1 + e);
  V z = x * x;
  V p = splat(-5.70498872745e-3f);
  p = p * z + 2.06390887954e-2f;
  p = p * z - 5.37397155531e-2f;
  p = p * z + 1.33314422036e-1f;
  p = p * z - 3.33332819422e-1f;
  V small = p * z * x + x;
  V sign = x < 0 ? -big : big;
  V y = magnitude < 0.625f ? small : sign;
  return x != x ? x : y;
}

INLINE V NAME(unary_op)(const kerf_unary_op op, V x, V p, V q) {
  switch (op) {
    case KERF_CLAMP: return clamp(x, p, q);
    case KERF_LEAKY: return x < 0 ? x * p : x;
    case KERF_SIGMOID: return 1 / (1 + NAME(exp)(-x));
    case KERF_TANH: return NAME(tanh)(x);
    case KERF_HARD_SIGMOID: return clamp(x * p + q, splat(0), splat(1));
    case KERF_HARD_SWISH: return x * clamp(x * (1.0f / 6) + 0.5f, splat(0), splat(1));
    case KERF_ELU: return x < 0 ? p * (NAME(exp)(x) - 1) : x;
    case KERF_EXP: return NAME(exp)(x);
    case KERF_SQRT: return __builtin_elementwise_sqrt(x);
    case KERF_ABS: return __builtin_elementwise_abs(x);
    case KERF_NEG: return -x;
    case KERF_SQUARE: return x * x;
    case KERF_AFFINE: return x * p + q;
  }
  return x;
}

INLINE void NAME(unary_loop)(const kerf_unary_op op, long n, const float *x, float *y, float p, float q) {
  V vp = splat(p), vq = splat(q);
  long j = 0;
  for (; j + LANES <= n; j += LANES) store(y + j, NAME(unary_op)(op, load(x + j), vp, vq));
  if (j < n) STORE_PART(y + j, NAME(unary_op)(op, LOAD_PART(x + j, n - j), vp, vq), n - j);
}

#define UNARY_CASE(op) \
  case op: NAME(unary_loop)(op, n, x, y, p, q); break;
static void NAME(unary_f32)(kerf_unary_op op, long n, const float *x, float *y, float p, float q) {
  switch (op) {
    UNARY_CASE(KERF_CLAMP)
    UNARY_CASE(KERF_LEAKY)
    UNARY_CASE(KERF_SIGMOID)
    UNARY_CASE(KERF_TANH)
    UNARY_CASE(KERF_HARD_SIGMOID)
    UNARY_CASE(KERF_HARD_SWISH)
    UNARY_CASE(KERF_ELU)
    UNARY_CASE(KERF_EXP)
    UNARY_CASE(KERF_SQRT)
    UNARY_CASE(KERF_ABS)
    UNARY_CASE(KERF_NEG)
    UNARY_CASE(KERF_SQUARE)
    UNARY_CASE(KERF_AFFINE)
  }
}

INLINE V NAME(binary_op)(const kerf_binary_op op, V a, V b) {
  switch (op) {
    case KERF_ADD: return a + b;
    case KERF_SUB: return a - b;
    case KERF_MUL: return a * b;
    case KERF_DIV: return a / b;
    // A NaN on either side comes out.
    case KERF_MAX: return a != a ? a : (a > b ? a : b);
    case KERF_MIN: return a != a ? a : (a < b ? a : b);
  }
  return a;
}

INLINE void NAME(binary_loop)(
    const kerf_binary_op op, long rows, long n, const float *a, long a_row, long a_step, const float *b, long b_row, long b_step, float *y,
    long y_row) {
  for (long i = 0; i < rows; i++, a += a_row, b += b_row, y += y_row) {
    V sa = splat(0), sb = splat(0);
    if (!a_step && n) sa = splat(*a);
    if (!b_step && n) sb = splat(*b);
    long j = 0;
    for (; j + LANES <= n; j += LANES) {
      V u = a_step ? load(a + j) : sa, w = b_step ? load(b + j) : sb;
      store(y + j, NAME(binary_op)(op, u, w));
    }
    if (j < n) {
      V u = a_step ? LOAD_PART(a + j, n - j) : sa, w = b_step ? LOAD_PART(b + j, n - j) : sb;
      STORE_PART(y + j, NAME(binary_op)(op, u, w), n - j);
    }
  }
}

#define BINARY_CASE(op) \
  case op: NAME(binary_loop)(op, rows, n, a, a_row, a_step, b, b_row, b_step, y, y_row); break;
static void NAME(binary_f32)(
    kerf_binary_op op, long rows, long n, const float *a, long a_row, long a_step, const float *b, long b_row, long b_step, float *y,
    long y_row) {
  switch (op) {
    BINARY_CASE(KERF_ADD)
    BINARY_CASE(KERF_SUB)
    BINARY_CASE(KERF_MUL)
    BINARY_CASE(KERF_DIV)
    BINARY_CASE(KERF_MAX)
    BINARY_CASE(KERF_MIN)
  }
}

static void NAME(affine_f32)(
    long rows, long n, const float *x, long x_row, const float *scale, const float *shift, const float *slope, float *y, long y_row) {
  for (long i = 0; i < rows; i++, x += x_row, y += y_row) {
    long j = 0;
    for (; j + LANES <= n; j += LANES) {
      V v = load(x + j) * load(scale + j) + load(shift + j);
      if (slope) v = v < 0 ? v * load(slope + j) : v;
      store(y + j, v);
    }
    if (j < n) {
      V v = LOAD_PART(x + j, n - j) * LOAD_PART(scale + j, n - j) + LOAD_PART(shift + j, n - j);
      if (slope) v = v < 0 ? v * LOAD_PART(slope + j, n - j) : v;
      STORE_PART(y + j, v, n - j);
    }
  }
}

static void NAME(transpose_f32)(long rows, long columns, const float *restrict x, long x_row, float *restrict y, long y_row) {
  // Three planes to pixels and back (colour images): known bounds let the compiler shuffle vectors.
  if (rows == 3 && y_row == 3) {
    const float *r = x, *g = x + x_row, *b = x + 2 * x_row;
    for (long j = 0; j < columns; j++) {
      y[3 * j] = r[j];
      y[3 * j + 1] = g[j];
      y[3 * j + 2] = b[j];
    }
    return;
  }
  if (columns == 3 && x_row == 3) {
    float *r = y, *g = y + y_row, *b = y + 2 * y_row;
    for (long i = 0; i < rows; i++) {
      r[i] = x[3 * i];
      g[i] = x[3 * i + 1];
      b[i] = x[3 * i + 2];
    }
    return;
  }
  // Blocks of 16 × 16: both sides stay in the first cache.
  for (long i0 = 0; i0 < rows; i0 += 16)
    for (long j0 = 0; j0 < columns; j0 += 16) {
      long i1 = i0 + 16 < rows ? i0 + 16 : rows, j1 = j0 + 16 < columns ? j0 + 16 : columns;
      for (long j = j0; j < j1; j++)
        for (long i = i0; i < i1; i++) y[j * y_row + i] = x[i * x_row + j];
    }
}

static void NAME(softmax_f32)(long n, const float *x, float *y) {
  float top = -INFINITY;
  for (long j = 0; j < n; j++) top = x[j] > top ? x[j] : top;
  NAME(unary_loop)(KERF_AFFINE, n, x, y, 1, -top);
  NAME(unary_loop)(KERF_EXP, n, y, y, 0, 0);
  double sum = 0;
  for (long j = 0; j < n; j++) sum += y[j];
  NAME(unary_loop)(KERF_AFFINE, n, y, y, (float)(1 / sum), 0);
}
