// Depthwise convolution of bytes down the rows: the fours of a column serve every output whose window reaches it.

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
  const int simple = !NAME(is_slow)(e) && !e->residual && e->middle_scale == 0, bounded = e->low > 0, bounded_above = block->high < INFINITY;
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
