// Depthwise convolution and pooling of bytes, `4·LANES` channels at a time; fewer channels share the vectors with those of other rows.
//
// Taps go in fours, interleaved channel by channel so that one instruction adds four products. Down the rows the four bytes serve every output whose window
// reaches their column (`window_slide`); elsewhere taps are taken as they come (`window_taps`). Taps outside the image have one value: they are part
// of the start.

#include "window_block_u8.h"
#include "window_slide_u8.h"

/// Fours `from..<from + quad_count` of the inside taps, rows first; the last one is filled up with weights of 0.
static void NAME(window_gather)(const int kind, const kerf_window_u8 *g, kerf_window_u8_op op, long from, long channel, long count, NAME(window_block) *block) {
  const long columns = g->last_column - g->first_column, taps = (g->last_row - g->first_row) * columns;
  const long quads = (taps + 3) / 4 - from;
  block->quad_count = quads < WINDOW_QUADS ? quads : WINDOW_QUADS;
  for (long q = 0; q < block->quad_count; q++) {
    B4 w[4];
    UNROLL for (int i = 0; i < 4; i++) {
      const long tap = 4 * (from + q) + i, t = g->first_row + tap / columns, u = g->first_column + tap % columns;
      w[i] = 0;
      if (tap < taps) {
        block->offsets[4 * q + i] = t * g->tap_row + u * g->tap_column;
        if (op == KERF_WINDOW_U8_SUM) w[i] = 1;
        else w[i] = NAME(window_weights)(kind, g->w + (t * g->kernel_columns + u) * g->w_step + channel, count);
      } else {
        block->offsets[4 * q + i] = block->offsets[4 * q];
      }
    }
    store_taps(block->quads + q * QUAD_BYTES, w[0], w[1], w[2], w[3]);
  }
}

/// `P` pixels, taps as they come. More fours than are held at a time are gathered again for each pixels.
INLINE void NAME(window_taps)(
    const int P, const int kind, const kerf_window_u8 *g, kerf_window_u8_op op, NAME(window_block) *block, long all, const uint8_t *a, char *c,
    const char *residual, const NAME(window_rows) *rows, long channel, long count) {
  VI acc[WINDOW_PIXELS][4];
  UNROLL for (int p = 0; p < P; p++) {
    UNROLL for (int i = 0; i < 4; i++) acc[p][i] = load_int(block->start + i * LANES);
  }
  for (long from = 0; from < all; from += WINDOW_QUADS) {
    if (all > WINDOW_QUADS) NAME(window_gather)(kind, g, op, from, channel, count, block);
    for (long q = 0; q < block->quad_count; q++) {
      const long *o = block->offsets + 4 * q;
      UNROLL for (int p = 0; p < P; p++) {
        const uint8_t *x = a + p * g->a_column + channel;
        const TAPS taps = taps_of(
            NAME(window_load)(kind, x + o[0], rows->a, count), NAME(window_load)(kind, x + o[1], rows->a, count),
            NAME(window_load)(kind, x + o[2], rows->a, count), NAME(window_load)(kind, x + o[3], rows->a, count));
        dot_taps(acc[p], taps, block->quads + q * QUAD_BYTES);
      }
    }
  }
  NAME(window_finish)(P, kind, g, block, acc, c, residual, rows, channel, count);
}

/// The places of `count` rows from row `i` on; those beyond the last one are the last one again.
INLINE void NAME(window_places)(const kerf_window_u8 *g, long i, long count, NAME(window_rows) *rows) {
  for (long r = 0; r < count; r++) {
    const long step = i + r < g->rows ? r : g->rows - 1 - i;
    rows->a[r] = step * g->a_row;
    rows->c[r] = step * g->c_row;
    rows->residual[r] = step * g->residual_row;
  }
}

/// `STEP(P)` over the pixels of all rows, `P` at a time.
#define WINDOW_PIXELS_OF_ROWS(PIXELS, STEP) \
  for (long i = 0; i < g->rows; i += ROWS_OF(kind)) { \
    const long size = g->epilogue.to_float ? 4 : 1; \
    const uint8_t *a = g->a + i * g->a_row; \
    char *c = (char *)g->c + i * g->c_row * size; \
    const char *residual = g->epilogue.residual ? (const char *)g->epilogue.residual + i * g->residual_row * size : 0; \
    NAME(window_rows) rows; \
    NAME(window_places)(g, i, ROWS_OF(kind), &rows); \
    long j = 0; \
    for (; j + PIXELS <= g->columns; j += PIXELS) STEP(PIXELS); \
    for (; j + PIXELS / 2 <= g->columns; j += PIXELS / 2) STEP(PIXELS / 2); \
    for (; j + 2 <= g->columns; j += 2) STEP(2); \
    for (; j < g->columns; j++) STEP(1); \
  }
#define AT_PIXEL a + j * g->a_column, c + j * g->c_column * size, residual ? residual + j * g->epilogue.residual_step * size : 0, &rows, channel, count

#ifdef SLIDE_PIXELS
INLINE void NAME(window_slides)(
    const int COLUMNS, const int STRIDE, const int kind, const kerf_window_u8 *shape, NAME(window_block) *block, long channel, long count) {
  KEEP(kerf_window_u8);
  NAME(window_gather_rows)(kind, g, channel, count, block);
#define SLIDE(P) NAME(window_slide)(P, COLUMNS, STRIDE, kind, g, block, AT_PIXEL)
#define SLIDE_ROWS(P) NAME(window_slide_rows)(P, COLUMNS, STRIDE, kind, g, block, AT_PIXEL)
#if WINDOW_ROWS > 1
  if (kind > PART) {
    WINDOW_PIXELS_OF_ROWS(WINDOW_PIXELS, SLIDE_ROWS)
    return;
  }
#endif
  WINDOW_PIXELS_OF_ROWS(SLIDE_PIXELS, SLIDE)
#undef SLIDE
#undef SLIDE_ROWS
}
#endif

INLINE void NAME(window_any)(const int kind, const kerf_window_u8 *shape, kerf_window_u8_op op, NAME(window_block) *block, long channel, long count) {
  KEEP(kerf_window_u8);
  const long all = ((g->last_row - g->first_row) * (g->last_column - g->first_column) + 3) / 4;
  NAME(window_gather)(kind, g, op, 0, channel, count, block);
#define TAKE(P) NAME(window_taps)(P, kind, g, op, block, all, AT_PIXEL)
  WINDOW_PIXELS_OF_ROWS(WINDOW_PIXELS, TAKE)
#undef TAKE
}

/// The largest byte of the taps inside.
INLINE void NAME(window_max)(const int kind, const kerf_window_u8 *g, long channel, long count) {
  for (long i = 0; i < g->rows; i += ROWS_OF(kind)) {
    NAME(window_rows) rows;
    NAME(window_places)(g, i, ROWS_OF(kind), &rows);
    for (long j = 0; j < g->columns; j++) {
      const uint8_t *a = g->a + i * g->a_row + j * g->a_column + channel;
      B4 most = 0;
      for (long t = g->first_row; t < g->last_row; t++)
        for (long u = g->first_column; u < g->last_column; u++)
          most = __builtin_elementwise_max(most, NAME(window_load)(kind, a + t * g->tap_row + u * g->tap_column, rows.a, count));
      NAME(window_store)(kind, (uint8_t *)g->c + i * g->c_row + j * g->c_column + channel, rows.c, most, count);
    }
  }
}

#define SLIDES(COLUMNS, STRIDE) \
  case 8 * STRIDE + COLUMNS: NAME(window_slides)(COLUMNS, STRIDE, kind, g, block, channel, count); break;

/// One block of channels.
INLINE void NAME(window_channels)(const int kind, const kerf_window_u8 *g, kerf_window_u8_op op, NAME(window_block) *block, long channel, long count) {
  const long rows = g->last_row - g->first_row, columns = g->last_column - g->first_column;
  const long stride = g->a_column == g->tap_column ? 1 : g->a_column == 2 * g->tap_column ? 2 : 0;
  const int slides = op == KERF_WINDOW_U8_DEPTHWISE && stride && rows > 1 && rows <= (columns == 3 ? 3 : 8) && columns < 8;
  if (op == KERF_WINDOW_U8_MAX) {
    NAME(window_max)(kind, g, channel, count);
    return;
  }
  NAME(window_start)(kind, g, op, channel, count, block);
  switch (slides ? 8 * stride + columns : 0) {
    WINDOW_SLIDES(SLIDES)
    default: NAME(window_any)(kind, g, op, block, channel, count);
  }
}

#define DEFINE_KIND(kind) \
  static __attribute__((noinline)) void NAME(window_kind_##kind)(const kerf_window_u8 *g, kerf_window_u8_op op, long channel, long count) { \
    NAME(window_block) block; \
    NAME(window_channels)(kind, g, op, &block, channel, count); \
  }
DEFINE_KIND(0)
DEFINE_KIND(1)
#if WINDOW_ROWS > 1
DEFINE_KIND(2)
DEFINE_KIND(4)

/// A lone row in two halves that may overlap: two rows.
static kerf_window_u8 NAME(window_halves)(const kerf_window_u8 *g) {
  kerf_window_u8 h = *g;
  const long half = (g->columns + 1) / 2, rest = g->columns - half;
  h.rows = 2;
  h.columns = half;
  h.a_row = rest * g->a_column;
  h.c_row = rest * g->c_column;
  h.residual_row = rest * g->epilogue.residual_step;
  return h;
}
#endif

static void NAME(window_u8)(const kerf_window_u8 *g, kerf_window_u8_op op) {
  long channel = 0;
  for (; channel + BLOCK <= g->channels; channel += BLOCK) NAME(window_kind_0)(g, op, channel, BLOCK);
  const long count = g->channels - channel;
  if (count <= 0) return;
#if WINDOW_ROWS > 1
  // A residual may be the output: no pixel is to be computed twice.
  if (count <= BLOCK / 2 && g->rows * g->columns > 1 && !g->epilogue.residual) {
    kerf_window_u8 shape = *g;
    if (shape.rows == 1) shape = NAME(window_halves)(g);
    if (count <= BLOCK / 4 && shape.rows > 2) NAME(window_kind_4)(&shape, op, channel, count);
    else NAME(window_kind_2)(&shape, op, channel, count);
    return;
  }
#endif
  NAME(window_kind_1)(g, op, channel, count);
}
