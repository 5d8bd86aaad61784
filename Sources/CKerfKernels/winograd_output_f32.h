// The way out of Winograd's domain: inverse transform, bias, residual, activation, and the cut of tiles that stick out.

/// `M` outputs of a tile, at most `columns` of them inside the image, `step` floats apart; `count` channels.
INLINE void NAME(winograd_store)(
    const int M, const kerf_epilogue_f32 *e, V *y, float *c, long step, const float *residual, long residual_step, long columns, long channel,
    long count) {
  const V low = splat(e->low), high = splat(e->high), bias = load(e->bias + channel);
  if (columns >= M && count >= LANES && !residual && !e->slope) {
    UNROLL for (int j = 0; j < M; j++) store(c + j * step, clamp(y[j] + bias, low, high));
    return;
  }
  const long part = count < LANES ? count : LANES;
  V slope = e->slope ? load(e->slope + channel) : low;
  UNROLL for (int j = 0; j < M; j++) {
    if (j >= columns) break;
    V v = y[j] + bias;
    if (residual) v += LOAD_PART(residual + j * residual_step, part);
    v = e->slope ? (v < 0 ? v * slope : v) : clamp(v, low, high);
    STORE_PART(c + j * step, v, part);
  }
}

/// The first of two axes: `half[i·ALPHA + j] = Σ_q A[q][i] · t[(q·ALPHA + j)·plane]`.
INLINE void NAME(winograd_half)(const int ALPHA, const int M, const float *t, long plane, V *half) {
  UNROLL for (int j = 0; j < ALPHA; j++) {
    V m[8], y[6];
    UNROLL for (int q = 0; q < ALPHA; q++) m[q] = load(t + (q * ALPHA + j) * plane);
    NAME(output_transform)(ALPHA, M, m, y);
    UNROLL for (int i = 0; i < M; i++) half[i * ALPHA + j] = y[i];
    STEP_ENDS(half);
  }
}

/// While a tile is transformed, the lines of the next one are fetched to be written.
INLINE void NAME(winograd_announce)(const kerf_winograd_f32 *g, const float *c, long vectors) {
  for (long i = 0; i < g->row_outputs; i++)
    for (long j = 0; j < g->column_outputs; j++)
      for (long v = 0; v < vectors * LANES; v += 16) __builtin_prefetch(c + i * g->c_row + j * g->c_column + v, 1, 3);
}

/// The sums `t [point][tile][width]` of `count` tiles from `tile` on become pixels of the channels from `taken` on. `M` outputs along the last axis.
INLINE void NAME(winograd_output)(
    const int ALPHA, const int M, const int SQUARE, const kerf_winograd_f32 *shape, long tile, long count, const float *t, long plane,
    long vectors, long taken) {
  KEEP(kerf_winograd_f32);
  const kerf_epilogue_f32 *e = &g->epilogue;
  const int vertical = !SQUARE && g->column_alpha == 1;
  const long step = vertical ? g->c_row : g->c_column, residual_step = vertical ? g->residual_row : e->residual_step;
  long p = tile / g->tile_columns, q = tile % g->tile_columns;
  for (long i = 0; i < count; i++, t += vectors * LANES) {
    const long top = p * g->row_outputs, left = q * g->column_outputs, rows = g->out_height - top, columns = vertical ? rows : g->out_width - left;
    float *c = g->c + top * g->c_row + left * g->c_column + taken;
    const float *residual = e->residual ? e->residual + top * g->residual_row + left * e->residual_step + taken : 0;
    if (++q == g->tile_columns) q = 0, p++;
    if (SQUARE && i + 1 < count) NAME(winograd_announce)(g, g->c + p * g->row_outputs * g->c_row + q * g->column_outputs * g->c_column + taken, vectors);
    for (long v = 0; v < vectors * LANES; v += LANES) {
      const long left_over = g->n - taken - v;
      if (left_over <= 0) break;
      V m[10], y[8];
      if (SQUARE) {
        V half[48];
        switch (g->row_outputs) {
          case 2: NAME(winograd_half)(ALPHA, 2, t + v, plane, half); break;
          case 4: NAME(winograd_half)(ALPHA, ALPHA > 4 ? 4 : 2, t + v, plane, half); break;
          case 6: NAME(winograd_half)(ALPHA, ALPHA - 2, t + v, plane, half); break;
        }
        for (long r = 0; r < g->row_outputs && r < rows; r++) {
          UNROLL for (int k = 0; k < ALPHA; k++) m[k] = half[r * ALPHA + k];
          NAME(output_transform)(ALPHA, M, m, y);
          NAME(winograd_store)
          (M, e, y, c + r * g->c_row + v, step, residual ? residual + r * g->residual_row + v : 0, residual_step, columns, taken + v, left_over);
        }
      } else {
        UNROLL for (int k = 0; k < ALPHA; k++) m[k] = load(t + k * plane + v);
        NAME(output_transform)(ALPHA, M, m, y);
        NAME(winograd_store)(M, e, y, c + v, step, residual ? residual + v : 0, residual_step, columns, taken + v, left_over);
      }
    }
  }
}

typedef void (*NAME(winograd_output_function))(
    const kerf_winograd_f32 *, long tile, long count, const float *t, long plane, long vectors, long taken);

// α and m of F(2,3), F(2,5), F(4,3), F(2,7), F(4,5), F(6,3); F(4,7), F(6,5), F(8,3).
#define WINOGRAD_FORMS(F) F(4, 2) F(6, 2) F(6, 4) F(8, 2) F(8, 4) F(8, 6)
#define WINOGRAD_LINES(F) F(10, 4) F(10, 6) F(10, 8)
#define WINOGRAD_NAME_(stem, alpha, m, isa) winograd_##stem##_f32_##alpha##_##m##_##isa
#define WINOGRAD_NAME(stem, alpha, m, isa) WINOGRAD_NAME_(stem, alpha, m, isa)
#define DEFINE_WINOGRAD_(stem, ALPHA, M, SQUARE) \
  static void WINOGRAD_NAME(stem, ALPHA, M, KERF_ISA_NAME)( \
      const kerf_winograd_f32 *g, long tile, long count, const float *t, long plane, long vectors, long taken) { \
    NAME(winograd_output)(ALPHA, M, SQUARE, g, tile, count, t, plane, vectors, taken); \
  }
#define DEFINE_WINOGRAD_LINE(ALPHA, M) DEFINE_WINOGRAD_(line, ALPHA, M, 0)
#define DEFINE_WINOGRAD_SQUARE(ALPHA, M) DEFINE_WINOGRAD_(square, ALPHA, M, 1)
WINOGRAD_FORMS(DEFINE_WINOGRAD_LINE)
WINOGRAD_LINES(DEFINE_WINOGRAD_LINE)
WINOGRAD_FORMS(DEFINE_WINOGRAD_SQUARE)
#define LIST_LINE(ALPHA, M) [ALPHA][M] = WINOGRAD_NAME(line, ALPHA, M, KERF_ISA_NAME),
#define LIST_SQUARE(ALPHA, M) [ALPHA][M] = WINOGRAD_NAME(square, ALPHA, M, KERF_ISA_NAME),
static const NAME(winograd_output_function) NAME(winograd_lines)[11][9] = {WINOGRAD_FORMS(LIST_LINE) WINOGRAD_LINES(LIST_LINE)};
static const NAME(winograd_output_function) NAME(winograd_squares)[11][9] = {WINOGRAD_FORMS(LIST_SQUARE)};
