// Depthwise convolution and pooling of bytes, `4·LANES` channels at a time; fewer channels share the vectors with those of other rows.
//
// Taps go in fours, interleaved channel by channel so that one instruction adds four products. Down the rows the four bytes serve every output whose window
// reaches their column (`window_slide`); elsewhere taps are taken as they come (`window_taps`). Taps outside the image have one value: they are part
// of the start.

// Fours of taps whose weights are held at a time.
#define WINDOW_QUADS 32
#define BLOCK (4 * LANES)

/// What a block of channels needs, beyond its bytes: values by channel in the order of the four vectors of sums, weights as `dot_taps` reads them.
typedef struct {
  _Alignas(64) int32_t start[BLOCK];
  _Alignas(64) float scale[BLOCK], bias[BLOCK];
  // A bound that bytes saturate at is none: see `byte_high`.
  float high;
  _Alignas(64) int8_t quads[WINDOW_QUADS * QUAD_BYTES];
  long offsets[4 * WINDOW_QUADS], quad_count;
} NAME(window_block);

/// Element `4·l + e` of vector `i` is channel `16·l + 4·i + e`: of channels as they come, pieces of four.
INLINE void NAME(tap_order)(const void *from, void *to) {
  UNROLL for (int i = 0; i < 4; i++) {
    UNROLL for (int l = 0; l < LANES / 4; l++) memcpy((char *)to + 4 * (i * LANES + 4 * l), (const char *)from + 4 * (16 * l + 4 * i), 16);
  }
}

/// What fills the vectors: `WHOLE`, all of them one pixel's; `PART`, the first `count` of them; else so many rows' `count` each.
enum { WHOLE = 0, PART = 1 };
#define ROWS_OF(kind) ((kind) > PART ? (kind) : 1)

/// Where the rows that share a vector lie, from the first one's place.
typedef struct {
  long a[4], c[4], residual[4];
} NAME(window_rows);

/// `count` values for each row, zeros behind them.
INLINE void NAME(tap_order_rows)(const int kind, const void *from, void *to, long count) {
  int32_t all[BLOCK] = {0};
  if (kind != WHOLE) {
    for (int r = 0; r < ROWS_OF(kind); r++) memcpy(all + r * (BLOCK / ROWS_OF(kind)), from, (size_t)count * 4);
    from = all;
  }
  NAME(tap_order)(from, to);
}

INLINE B4 NAME(window_load)(const int kind, const uint8_t *p, const long *at, long count) {
  return kind == WHOLE ? load_bytes4(p) : kind == PART ? LOAD_BYTES_PART(p, count) : load_rows(kind, p, at, count);
}
INLINE void NAME(window_store)(const int kind, uint8_t *p, const long *at, B4 v, long count) {
  if (kind == WHOLE) *(B4U *)p = v;
  else if (kind == PART) STORE_BYTES_PART(p, v, count);
  else store_rows(kind, p, at, v, count);
}
/// Weights: the same for all rows.
INLINE B4 NAME(window_weights)(const int kind, const int8_t *p, long count) {
  static const long same[4] = {0};
  return NAME(window_load)(kind, (const uint8_t *)p, same, count);
}

/// Start, scale and bias of the channels from `channel` on.
static void NAME(window_start)(const int kind, const kerf_window_u8 *g, kerf_window_u8_op op, long channel, long count, NAME(window_block) *block) {
  const kerf_epilogue_u8 *e = &g->epilogue;
  int32_t start[BLOCK] = {0};
  if (e->start) memcpy(start, e->start + channel, (size_t)count * sizeof *start);
  for (long t = 0; t < g->kernel_rows && op == KERF_WINDOW_U8_DEPTHWISE; t++)
    for (long u = 0; u < g->kernel_columns; u++) {
      const int inside = t >= g->first_row && t < g->last_row && u >= g->first_column && u < g->last_column;
      const int32_t x = inside ? LEVEL_SHIFT : g->pad;
      const int8_t *w = g->w + (t * g->kernel_columns + u) * g->w_step + channel;
      if (x)
        for (long c = 0; c < count; c++) start[c] += x * w[c];
    }
  if (op == KERF_WINDOW_U8_SUM && LEVEL_SHIFT > 0)
    for (long c = 0; c < count; c++) start[c] += (int32_t)(LEVEL_SHIFT * (g->last_row - g->first_row) * (g->last_column - g->first_column));
  kerf_epilogue_u8 here = *e;
  here.scale += channel;
  here.bias += channel;
  block->high = NAME(byte_high)(&here, count);
  NAME(tap_order_rows)(kind, start, block->start, count);
  NAME(tap_order_rows)(kind, e->scale + channel, block->scale, count);
  NAME(tap_order_rows)(kind, e->bias + channel, block->bias, count);
}

/// The epilogue in all its forms, of sums in memory.
static __attribute__((noinline)) void NAME(window_finish_any)(
    const int kind, const kerf_window_u8 *g, const int32_t *sums, long pixels, char *c, const char *residual, const NAME(window_rows) *rows, long channel, long count) {
  const kerf_epilogue_u8 *e = &g->epilogue;
  const long size = e->to_float ? 4 : 1;
  for (long p = 0; p < pixels; p++) {
    int32_t ordered[BLOCK];
    for (int i = 0; i < 4; i++)
      for (int l = 0; l < LANES / 4; l++) memcpy(ordered + 16 * l + 4 * i, sums + p * BLOCK + i * LANES + 4 * l, 16);
    for (int r = 0; r < ROWS_OF(kind); r++)
      for (long v = 0; v < count; v += LANES) {
        const long some = count - v < LANES ? count - v : LANES, at = channel + v;
        const V scale = LOAD_PART(e->scale + at, some), bias = LOAD_PART(e->bias + at, some), slope = e->slope ? LOAD_PART(e->slope + at, some) : splat(0);
        const char *other = residual ? residual + (rows->residual[r] + p * e->residual_step + at) * size : 0;
        char *to = c + (rows->c[r] + p * g->c_column + at) * size;
        NAME(finish)(1, e, load_int(ordered + r * (BLOCK / ROWS_OF(kind)) + v), scale, bias, slope, other, to, some);
      }
  }
}

INLINE void NAME(window_finish)(
    const int P, const int kind, const kerf_window_u8 *g, const NAME(window_block) *block, VI acc[WINDOW_PIXELS][4], char *c, const char *residual,
    const NAME(window_rows) *rows, long channel, long count) {
  const kerf_epilogue_u8 *e = &g->epilogue;
  if (!NAME(is_simple)(e) || e->residual) {
    int32_t sums[WINDOW_PIXELS * BLOCK];
    UNROLL for (int p = 0; p < P; p++) {
      UNROLL for (int i = 0; i < 4; i++) *(VIU *)(sums + p * BLOCK + i * LANES) = acc[p][i];
    }
    NAME(window_finish_any)(kind, g, sums, P, c, residual, rows, channel, count);
    return;
  }
  const V low = splat(e->low), high = splat(block->high);
  const int bounded = e->low > 0, bounded_above = block->high < INFINITY;
  UNROLL for (int i = 0; i < 4; i++) {
    const V scale = load(block->scale + i * LANES), bias = load(block->bias + i * LANES);
    UNROLL for (int p = 0; p < P; p++) {
      V r = fused(as_float(acc[p][i]), scale, bias);
      if (bounded) r = at_least(r, low);
      if (bounded_above) r = at_most(r, high);
      acc[p][i] = rounded(r);
    }
  }
  UNROLL for (int p = 0; p < P; p++) {
    const B4 bytes = narrow_taps(acc[p][0], acc[p][1], acc[p][2], acc[p][3]);
    NAME(window_store)(kind, (uint8_t *)c + p * g->c_column + channel, rows->c, bytes, count);
  }
}

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

#ifdef SLIDE_PIXELS
/// Weights by fours of rows, then by column.
static void NAME(window_gather_rows)(const int kind, const kerf_window_u8 *g, long channel, long count, NAME(window_block) *block) {
  const long columns = g->last_column - g->first_column, rows = g->last_row - g->first_row;
  block->quad_count = (rows + 3) / 4;
  for (long q = 0; q < block->quad_count; q++)
    for (long u = 0; u < columns; u++) {
      B4 w[4];
      UNROLL for (int i = 0; i < 4; i++) {
        const long row = 4 * q + i;
        w[i] = 0;
        if (row < rows)
          w[i] = NAME(window_weights)(kind, g->w + ((g->first_row + row) * g->kernel_columns + g->first_column + u) * g->w_step + channel, count);
        block->offsets[4 * q + i] = (g->first_row + (row < rows ? row : 4 * q)) * g->tap_row + g->first_column * g->tap_column;
      }
      store_taps(block->quads + (q * columns + u) * QUAD_BYTES, w[0], w[1], w[2], w[3]);
    }
}

/// `P` pixels under `COLUMNS` kernel columns at `STRIDE`: the fours of a column are interleaved once. First the sums of the first two vectors, then those of
/// the others: so many pixels' sums fit into the registers that weights stay there too.
INLINE void NAME(window_slide)(
    const int P, const int COLUMNS, const int STRIDE, const int kind, const kerf_window_u8 *g, const NAME(window_block) *block, const uint8_t *a, char *c,
    const char *residual, const NAME(window_rows) *rows, long channel, long count) {
  const kerf_epilogue_u8 *e = &g->epilogue;
  const int simple = NAME(is_simple)(e) && !e->residual, bounded = e->low > 0, bounded_above = block->high < INFINITY;
  const V low = splat(e->low), high = splat(block->high);
  int32_t sums[SLIDE_PIXELS * BLOCK];
  WORDS words[2][SLIDE_PIXELS];
  UNROLL for (int half = 0; half < 2; half++) {
    VI acc[SLIDE_PIXELS][2];
    UNROLL for (int p = 0; p < P; p++) {
      UNROLL for (int i = 0; i < 2; i++) acc[p][i] = load_int(block->start + (2 * half + i) * LANES);
    }
    for (long q = 0; q < block->quad_count; q++) {
      const uint8_t *x[4];
      UNROLL for (int i = 0; i < 4; i++) x[i] = a + block->offsets[4 * q + i] + channel;
      const int8_t *w = block->quads + q * COLUMNS * QUAD_BYTES + half * (QUAD_BYTES / 2);
      UNROLL for (int j = 0; j < STRIDE * (P - 1) + COLUMNS; j++) {
        const long at = j * g->tap_column;
        // Three columns go with three rows at most: the fourth one's weights are 0.
        const B4 x2 = NAME(window_load)(kind, x[2] + at, rows->a, count), x3 = COLUMNS == 3 ? x2 : NAME(window_load)(kind, x[3] + at, rows->a, count);
        const HALF_TAPS taps = half_taps_of(
            half, NAME(window_load)(kind, x[0] + at, rows->a, count), NAME(window_load)(kind, x[1] + at, rows->a, count), x2, x3);
        UNROLL for (int p = 0; p < P; p++) {
          const int u = j - STRIDE * p;
          if (u >= 0 && u < COLUMNS) dot_half_taps(acc[p], taps, w + u * QUAD_BYTES);
        }
      }
    }
    if (simple) {
      UNROLL for (int i = 0; i < 2; i++) {
        const V scale = load(block->scale + (2 * half + i) * LANES), bias = load(block->bias + (2 * half + i) * LANES);
        UNROLL for (int p = 0; p < P; p++) {
          V r = fused(as_float(acc[p][i]), scale, bias);
          if (bounded) r = at_least(r, low);
          if (bounded_above) r = at_most(r, high);
          acc[p][i] = rounded(r);
        }
      }
      UNROLL for (int p = 0; p < P; p++) words[half][p] = words_of(acc[p][0], acc[p][1]);
    } else {
      UNROLL for (int p = 0; p < P; p++) {
        UNROLL for (int i = 0; i < 2; i++) *(VIU *)(sums + p * BLOCK + (2 * half + i) * LANES) = acc[p][i];
      }
    }
  }
  if (simple) {
    UNROLL for (int p = 0; p < P; p++)
      NAME(window_store)(kind, (uint8_t *)c + p * g->c_column + channel, rows->c, bytes_of_words(words[0][p], words[1][p]), count);
  } else {
    NAME(window_finish_any)(kind, g, sums, P, c, residual, rows, channel, count);
  }
}

#if WINDOW_ROWS > 1
/// The same in one go, for vectors that several rows share: they are dear to load.
INLINE void NAME(window_slide_rows)(
    const int P, const int COLUMNS, const int STRIDE, const int kind, const kerf_window_u8 *g, const NAME(window_block) *block, const uint8_t *a, char *c,
    const char *residual, const NAME(window_rows) *rows, long channel, long count) {
  VI acc[WINDOW_PIXELS][4];
  UNROLL for (int p = 0; p < P; p++) {
    UNROLL for (int i = 0; i < 4; i++) acc[p][i] = load_int(block->start + i * LANES);
  }
  for (long q = 0; q < block->quad_count; q++) {
    const uint8_t *x[4];
    UNROLL for (int i = 0; i < 4; i++) x[i] = a + block->offsets[4 * q + i] + channel;
    const int8_t *w = block->quads + q * COLUMNS * QUAD_BYTES;
    UNROLL for (int j = 0; j < STRIDE * (P - 1) + COLUMNS; j++) {
      const long at = j * g->tap_column;
      const B4 x2 = NAME(window_load)(kind, x[2] + at, rows->a, count), x3 = COLUMNS == 3 ? x2 : NAME(window_load)(kind, x[3] + at, rows->a, count);
      const TAPS taps = taps_of(
          NAME(window_load)(kind, x[0] + at, rows->a, count), NAME(window_load)(kind, x[1] + at, rows->a, count), x2, x3);
      UNROLL for (int p = 0; p < P; p++) {
        const int u = j - STRIDE * p;
        if (u >= 0 && u < COLUMNS) dot_taps(acc[p], taps, w + u * QUAD_BYTES);
      }
    }
  }
  NAME(window_finish)(P, kind, g, block, acc, c, residual, rows, channel, count);
}
#endif
#endif

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
