// Depthwise convolution and pooling: a window of taps reduced channel by channel, several pixels at a time so that a weight is
// loaded once for all of them.

INLINE void NAME(window_store)(
    const int P, const int part, const kerf_window_op op, const kerf_window_f32 *g, const V *acc, float *c, long channel, long count, long j) {
  V low = splat(g->epilogue.low), high = splat(g->epilogue.high), scale = splat(g->scale), slope = scale;
  const int sloped = op == KERF_WINDOW_DEPTHWISE && g->epilogue.slope;
  if (sloped) slope = part ? LOAD_PART(g->epilogue.slope + channel, count) : load(g->epilogue.slope + channel);
  UNROLL for (int p = 0; p < P; p++) {
    V v = acc[p];
    if (op == KERF_WINDOW_SUM) v *= scale;
    if (op == KERF_WINDOW_DEPTHWISE) {
      if (g->epilogue.residual) {
        const float *r = g->epilogue.residual + (j + p) * g->epilogue.residual_step + channel;
        v += part ? LOAD_PART(r, count) : load(r);
      }
      v = sloped ? (v < 0 ? v * slope : v) : clamp(v, low, high);
    }
    if (part) STORE_PART(c + p * g->c_column, v, count);
    else store(c + p * g->c_column, v);
  }
}

INLINE void NAME(window_pixels)(
    const int P, const int part, const kerf_window_op op, const kerf_window_f32 *g, const float *a, float *c, long channel, long count,
    long j) {
  V acc[WINDOW_PIXELS];
  V start = splat(op == KERF_WINDOW_MAX ? -INFINITY : 0);
  if (op == KERF_WINDOW_DEPTHWISE) start = part ? LOAD_PART(g->epilogue.bias + channel, count) : load(g->epilogue.bias + channel);
  UNROLL for (int p = 0; p < P; p++) acc[p] = start;
  for (long t = g->first_row; t < g->last_row; t++) {
    for (long u = g->first_column; u < g->last_column; u++) {
      const float *x = a + t * g->tap_row + u * g->tap_column;
      V w = start;
      if (op == KERF_WINDOW_DEPTHWISE) {
        const float *from = g->w + (t * g->kernel_columns + u) * g->w_step + channel;
        w = part ? LOAD_PART(from, count) : load(from);
      }
      UNROLL for (int p = 0; p < P; p++) {
        V v = part ? LOAD_PART(x + p * g->a_column, count) : load(x + p * g->a_column);
        if (op == KERF_WINDOW_DEPTHWISE) acc[p] = v * w + acc[p];
        else if (op == KERF_WINDOW_MAX) acc[p] = v > acc[p] ? v : acc[p];
        else acc[p] += v;
      }
    }
  }
  NAME(window_store)(P, part, op, g, acc, c, channel, count, j);
}

/// Depthwise with three kernel columns at stride 1: a row of P + 2 inputs is loaded once and feeds three multiply-adds each; the zeros beyond
/// the ends of the row are registers.
INLINE void NAME(window_slide3)(
    const int P, const int part, const kerf_window_f32 *g, const float *a, float *c, long channel, long count, long j) {
  V acc[WINDOW_PIXELS];
  V start = part ? LOAD_PART(g->epilogue.bias + channel, count) : load(g->epilogue.bias + channel);
  UNROLL for (int p = 0; p < P; p++) acc[p] = start;
  const int left = g->zeros_left && j == 0, right = g->zeros_right && j + P == g->columns;
  for (long t = g->first_row; t < g->last_row; t++) {
    const float *x = a + t * g->tap_row, *w = g->w + t * 3 * g->w_step + channel;
    V w0 = part ? LOAD_PART(w, count) : load(w);
    V w1 = part ? LOAD_PART(w + g->w_step, count) : load(w + g->w_step);
    V w2 = part ? LOAD_PART(w + 2 * g->w_step, count) : load(w + 2 * g->w_step);
    V v[WINDOW_PIXELS + 2];
    UNROLL for (int p = 0; p < P + 2; p++) {
      const float *from = x + p * g->a_column;
      v[p] = (p == 0 && left) || (p == P + 1 && right) ? splat(0) : part ? LOAD_PART(from, count) : load(from);
    }
    UNROLL for (int p = 0; p < P; p++) acc[p] = v[p] * w0 + acc[p];
    UNROLL for (int p = 0; p < P; p++) acc[p] = v[p + 1] * w1 + acc[p];
    UNROLL for (int p = 0; p < P; p++) acc[p] = v[p + 2] * w2 + acc[p];
  }
  NAME(window_store)(P, part, KERF_WINDOW_DEPTHWISE, g, acc, c, channel, count, j);
}

static void NAME(window_rows3)(const kerf_window_f32 *g) {
  for (long channel = 0; channel < g->channels; channel += LANES) {
    long count = g->channels - channel;
    const float *a = g->a + channel;
    float *c = g->c + channel;
    long j = 0;
#define SLIDE(P, part) \
  for (; j + P <= g->columns; j += P) NAME(window_slide3)(P, part, g, a + j * g->a_column, c + j * g->c_column, channel, count, j);
    if (count >= LANES) {
      SLIDE(WINDOW_PIXELS, 0)
      SLIDE(4, 0)
      SLIDE(2, 0)
      SLIDE(1, 0)
    } else {
      SLIDE(4, 1)
      SLIDE(1, 1)
    }
#undef SLIDE
  }
}

INLINE void NAME(window_op)(const kerf_window_f32 *g, const kerf_window_op op) {
  for (long channel = 0; channel < g->channels; channel += LANES) {
    long count = g->channels - channel;
    const float *a = g->a + channel;
    float *c = g->c + channel;
    long j = 0;
    if (count >= LANES) {
      for (; j + WINDOW_PIXELS <= g->columns; j += WINDOW_PIXELS)
        NAME(window_pixels)(WINDOW_PIXELS, 0, op, g, a + j * g->a_column, c + j * g->c_column, channel, LANES, j);
      for (; j + 2 <= g->columns; j += 2)
        NAME(window_pixels)(2, 0, op, g, a + j * g->a_column, c + j * g->c_column, channel, LANES, j);
      for (; j < g->columns; j++)
        NAME(window_pixels)(1, 0, op, g, a + j * g->a_column, c + j * g->c_column, channel, LANES, j);
    } else {
      for (; j + 4 <= g->columns; j += 4)
        NAME(window_pixels)(4, 1, op, g, a + j * g->a_column, c + j * g->c_column, channel, count, j);
      for (; j < g->columns; j++)
        NAME(window_pixels)(1, 1, op, g, a + j * g->a_column, c + j * g->c_column, channel, count, j);
    }
  }
}

static void NAME(window_f32)(const kerf_window_f32 *g, kerf_window_op op) {
  switch (op) {
    case KERF_WINDOW_DEPTHWISE:
      if (g->kernel_columns == 3 && g->first_column == 0 && g->last_column == 3 && g->a_column == g->tap_column) NAME(window_rows3)(g);
      else NAME(window_op)(g, KERF_WINDOW_DEPTHWISE);
      break;
    case KERF_WINDOW_MAX: NAME(window_op)(g, KERF_WINDOW_MAX); break;
    case KERF_WINDOW_SUM: NAME(window_op)(g, KERF_WINDOW_SUM); break;
  }
}
