// Convolution of bytes to one or two channels: dot products whose vectors run along the input's channels, where a panel of the GEMM kernels would be
// mostly padding. For instruction sets that multiply bytes as they lie in memory (`NARROW`).

#define NARROW_COLUMNS 2
#define NARROW_PIXELS 8
// Bytes in a vector.
#define NARROW_STEP (4 * LANES)
/// Room for the weights, which are laid out again for every call.
#define NARROW_ROOM 16384

/// Bytes of a segment of one column, filled up to whole vectors.
INLINE long NAME(narrow_segment)(const kerf_gemm_u8 *g) { return (g->segment_length + NARROW_STEP - 1) / NARROW_STEP * NARROW_STEP; }

INLINE int NAME(is_narrow)(const kerf_gemm_u8 *g) {
  return g->panel_count == 1 && g->n <= NARROW_COLUMNS && g->segment_length >= NARROW_STEP / 2
         && g->n * g->kernel_rows * g->segments * NAME(narrow_segment)(g) <= NARROW_ROOM;
}

/// `P` pixels to `N` channels, segments `first..<last`; `w` as `narrow_gemm_u8` lays it out.
INLINE void NAME(narrow_pixels_u8)(
    const int P, const int N, const kerf_gemm_u8 *g, const int8_t *w, long first, long last, const uint8_t *a, const int32_t *start,
    const kerf_epilogue_u8 *e, char *c) {
  VI acc[NARROW_PIXELS][NARROW_COLUMNS];
  UNROLL for (int p = 0; p < P; p++) {
    UNROLL for (int n = 0; n < N; n++) acc[p][n] = 0;
  }
  const long length = g->segment_length, segment = NAME(narrow_segment)(g), column = g->kernel_rows * g->segments * segment;
  for (long s = first; s < last; s++) {
    const uint8_t *x = a + g->offsets[s];
    for (long k = 0; k < length; k += NARROW_STEP) {
      VI b[NARROW_COLUMNS];
      UNROLL for (int n = 0; n < N; n++) b[n] = load_int(w + n * column + s * segment + k);
      if (k + NARROW_STEP <= length) {
        UNROLL for (int p = 0; p < P; p++) {
          const VI v = load_int(x + p * g->a_column + k);
          UNROLL for (int n = 0; n < N; n++) acc[p][n] = dot(acc[p][n], v, b[n]);
        }
      } else {
        UNROLL for (int p = 0; p < P; p++) {
          const VI v = (VI)LOAD_BYTES_PART(x + p * g->a_column + k, length - k);
          UNROLL for (int n = 0; n < N; n++) acc[p][n] = dot(acc[p][n], v, b[n]);
        }
      }
    }
  }
  int32_t sums[NARROW_PIXELS * LANES] = {0};
  UNROLL for (int p = 0; p < P; p++) {
    UNROLL for (int n = 0; n < N; n++) sums[p * LANES + n] = start[n] + __builtin_reduce_add(acc[p][n]);
  }
  NAME(finish_tile)(sums, P, 1, e, c, g->c_column, N);
}

INLINE void NAME(narrow_columns_u8)(const int N, const kerf_gemm_u8 *g, const int8_t *w) {
  const long size = g->epilogue.to_float ? 4 : 1;
  const int32_t zeros[MAX_NV * LANES] = {0};
  kerf_epilogue_u8 e = g->epilogue;
  for (long i = 0; i < g->rows; i++) {
    long first, last;
    NAME(inside_u8)(g, i, &first, &last);
    int32_t shifted[MAX_NV * LANES];
    const int32_t *start = NAME(row_start_u8)(g, e.start ? e.start : zeros, 0, N, first, last, shifted);
    const uint8_t *a = g->a + i * g->a_row;
    char *c = (char *)g->c + i * g->c_row * size;
#define NARROW_TAKE(P) \
    do { \
      if (e.residual) e.residual = (const char *)g->epilogue.residual + (i * g->residual_row + j * e.residual_step) * size; \
      NAME(narrow_pixels_u8)(P, N, g, w, first * g->segments, last * g->segments, a + j * g->a_column, start, &e, c + j * g->c_column * size); \
    } while (0)
    long j = 0;
    for (; j + NARROW_PIXELS <= g->columns; j += NARROW_PIXELS) NARROW_TAKE(NARROW_PIXELS);
    for (; j < g->columns; j++) NARROW_TAKE(1);
#undef NARROW_TAKE
  }
}

/// Lays the weights out as `[n][kernel_rows·segments][segment]`.
static __attribute__((noinline)) void NAME(narrow_gemm_u8)(const kerf_gemm_u8 *g) {
  _Alignas(64) int8_t w[NARROW_ROOM];
  const long segment = NAME(narrow_segment)(g), segments = g->kernel_rows * g->segments, quads = (g->segment_length + 3) / 4, width = g->panels[0] * LANES;
  memset(w, 0, (size_t)(g->n * segments * segment));
  for (long s = 0; s < segments; s++)
    for (long q = 0; q < quads; q++)
      for (long n = 0; n < g->n; n++) memcpy(w + (n * segments + s) * segment + 4 * q, g->b + ((s * quads + q) * width + n) * 4, 4);
  if (g->n == 1) NAME(narrow_columns_u8)(1, g, w);
  else NAME(narrow_columns_u8)(2, g, w);
}
