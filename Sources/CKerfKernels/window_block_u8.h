// A block of channels of the byte window: how its bytes are loaded, what it needs beside them, and what becomes of its sums.

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
  if (NAME(is_slow)(e) || e->residual || e->middle_scale != 0) {
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
