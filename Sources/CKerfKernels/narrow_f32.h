// Convolution to one, two or three channels: dot products whose vectors run along the input's channels, where a panel of the GEMM kernels would
// be mostly padding.

// A tree of halves, so that the order of the additions does not depend on the compiler's taste.
INLINE float NAME(total)(V v) {
#if LANES == 16
  const __auto_type eight = v.lo + v.hi;
  const __auto_type four = eight.lo + eight.hi;
#elif LANES == 8
  const __auto_type four = v.lo + v.hi;
#else
  const V four = v;
#endif
  const __auto_type two = four.lo + four.hi;
  return two.x + two.y;
}

INLINE void NAME(narrow_pixels)(
    const int P, const int N, const kerf_gemm_f32 *g, const float *a, float *c, const float *residual, long first, long last) {
  V acc[8][3];
  UNROLL for (int p = 0; p < P; p++) {
    UNROLL for (int n = 0; n < N; n++) acc[p][n] = splat(0);
  }
  const long length = g->segment_length, row = g->kernel_rows * g->segments * length;
  for (long s = first; s < last; s++) {
    const float *x = a + g->offsets[s], *w = g->b + s * length;
    long k = 0;
    for (; k + LANES <= length; k += LANES) {
      V b[3];
      UNROLL for (int n = 0; n < N; n++) b[n] = load(w + n * row + k);
      UNROLL for (int p = 0; p < P; p++) {
        V v = load(x + p * g->a_column + k);
        UNROLL for (int n = 0; n < N; n++) acc[p][n] = v * b[n] + acc[p][n];
      }
    }
    if (k < length) {
      V b[3];
      UNROLL for (int n = 0; n < N; n++) b[n] = LOAD_PART(w + n * row + k, length - k);
      UNROLL for (int p = 0; p < P; p++) {
        V v = LOAD_PART(x + p * g->a_column + k, length - k);
        UNROLL for (int n = 0; n < N; n++) acc[p][n] = v * b[n] + acc[p][n];
      }
    }
  }
  UNROLL for (int p = 0; p < P; p++) {
    UNROLL for (int n = 0; n < N; n++) {
      float y = NAME(total)(acc[p][n]) + g->epilogue.bias[n];
      if (residual) y += residual[p * g->epilogue.residual_step + n];
      if (g->epilogue.slope) {
        y = y < 0 ? y * g->epilogue.slope[n] : y;
      } else {
        y = y < g->epilogue.low ? g->epilogue.low : y;
        y = y > g->epilogue.high ? g->epilogue.high : y;
      }
      c[p * g->c_column + n] = y;
    }
  }
}

INLINE void NAME(narrow_rows)(const kerf_gemm_f32 *g, const int P, const int N) {
  for (long i = 0; i < g->rows; i++) {
    long first, last;
    NAME(inside)(g, i, &first, &last);
    first *= g->segments;
    last *= g->segments;
    const float *a = g->a + i * g->a_row, *r = g->epilogue.residual ? g->epilogue.residual + i * g->residual_row : 0;
    float *c = g->c + i * g->c_row;
    long j = 0;
    for (; j + P <= g->columns; j += P)
      NAME(narrow_pixels)(P, N, g, a + j * g->a_column, c + j * g->c_column, r ? r + j * g->epilogue.residual_step : 0, first, last);
    for (; j < g->columns; j++)
      NAME(narrow_pixels)(1, N, g, a + j * g->a_column, c + j * g->c_column, r ? r + j * g->epilogue.residual_step : 0, first, last);
  }
}

static void NAME(narrow_f32)(const kerf_gemm_f32 *g) {
  switch (g->n) {
    case 1: NAME(narrow_rows)(g, 8, 1); break;
    case 2: NAME(narrow_rows)(g, 4, 2); break;
    case 3: NAME(narrow_rows)(g, 4, 3); break;
  }
}
