// Depthwise convolution and pooling: a window of taps reduced channel by channel, several pixels at a time so that a weight is
// loaded once for all of them.

INLINE void NAME(window_store)(
    const int P, const int part, const kerf_window_op op, const kerf_window_f32 *g, const V *acc, float *c,
    const float *residual, long channel, long count) {
  V y[WINDOW_PIXELS];
  UNROLL for (int p = 0; p < P; p++) y[p] = op == KERF_WINDOW_SUM ? acc[p] * splat(g->scale) : acc[p];
  if (op == KERF_WINDOW_DEPTHWISE) {
    if (residual) {
      UNROLL for (int p = 0; p < P; p++) {
        const float *r = residual + p * g->epilogue.residual_step + channel;
        y[p] += part ? LOAD_PART(r, count) : load(r);
      }
    }
    if (g->epilogue.slope) {
      V slope = part ? LOAD_PART(g->epilogue.slope + channel, count) : load(g->epilogue.slope + channel);
      UNROLL for (int p = 0; p < P; p++) y[p] = y[p] < 0 ? y[p] * slope : y[p];
    } else {
      V low = splat(g->epilogue.low), high = splat(g->epilogue.high);
      UNROLL for (int p = 0; p < P; p++) y[p] = clamp(y[p], low, high);
    }
  }
  UNROLL for (int p = 0; p < P; p++) {
    if (part) STORE_PART(c + p * g->c_column, y[p], count);
    else store(c + p * g->c_column, y[p]);
  }
}

/// `COLUMNS` kernel columns, all inside the image, or any number of them where it is 0.
INLINE void NAME(window_pixels)(
    const int P, const int COLUMNS, const int part, const kerf_window_op op, const kerf_window_f32 *g, const float *a, float *c,
    const float *residual, long channel, long count) {
  V acc[WINDOW_PIXELS];
  V start = splat(op == KERF_WINDOW_MAX ? -INFINITY : 0);
  if (op == KERF_WINDOW_DEPTHWISE) start = part ? LOAD_PART(g->epilogue.bias + channel, count) : load(g->epilogue.bias + channel);
  UNROLL for (int p = 0; p < P; p++) acc[p] = start;
#define TAP(u) \
  { \
    const float *x = a + t * g->tap_row + (u) * g->tap_column, *from = g->w + (t * g->kernel_columns + (u)) * g->w_step + channel; \
    V w = start; \
    if (op == KERF_WINDOW_DEPTHWISE) w = part ? LOAD_PART(from, count) : load(from); \
    UNROLL for (int p = 0; p < P; p++) { \
      V v = part ? LOAD_PART(x + p * g->a_column, count) : load(x + p * g->a_column); \
      if (op == KERF_WINDOW_DEPTHWISE) acc[p] = v * w + acc[p]; \
      else if (op == KERF_WINDOW_MAX) acc[p] = v > acc[p] ? v : acc[p]; \
      else acc[p] += v; \
    } \
  }
  for (long t = g->first_row; t < g->last_row; t++) {
    if (COLUMNS) {
      UNROLL for (int u = 0; u < COLUMNS; u++) TAP(u)
    } else {
      for (long u = g->first_column; u < g->last_column; u++) TAP(u)
    }
  }
#undef TAP
  NAME(window_store)(P, part, op, g, acc, c, residual, channel, count);
}

/// Depthwise at stride 1 or 2: the inputs of `P` pixels are loaded once each and feed the multiply-adds of all pixels that they reach; the zeros
/// beyond the ends of a row are registers.
INLINE void NAME(window_slide)(
    const int P, const int COLUMNS, const int STRIDE, const int part, const kerf_window_f32 *g, const float *a, float *c, const float *residual,
    long channel, long count, long j) {
  V acc[WINDOW_PIXELS];
  V start = part ? LOAD_PART(g->epilogue.bias + channel, count) : load(g->epilogue.bias + channel);
  UNROLL for (int p = 0; p < P; p++) acc[p] = start;
  const int left = COLUMNS == 3 && STRIDE == 1 && g->zeros_left && j == 0, right = COLUMNS == 3 && STRIDE == 1 && g->zeros_right && j + P == g->columns;
  for (long t = g->first_row; t < g->last_row; t++) {
    const float *x = a + t * g->tap_row, *w = g->w + t * COLUMNS * g->w_step + channel;
    V v[2 * WINDOW_PIXELS + 5];
    UNROLL for (int p = 0; p < STRIDE * (P - 1) + COLUMNS; p++) {
      const float *from = x + p * g->tap_column;
      v[p] = (p == 0 && left) || (p == P + COLUMNS - 2 && right) ? splat(0) : part ? LOAD_PART(from, count) : load(from);
    }
    UNROLL for (int u = 0; u < COLUMNS; u++) {
      V weight = part ? LOAD_PART(w + u * g->w_step, count) : load(w + u * g->w_step);
      UNROLL for (int p = 0; p < P; p++) acc[p] = v[STRIDE * p + u] * weight + acc[p];
    }
  }
  NAME(window_store)(P, part, KERF_WINDOW_DEPTHWISE, g, acc, c, residual, channel, count);
}

// Channels whose weights and taps of a block of pixels fit into the first cache together.
#define WINDOW_BLOCK 128

/// A block of channels of a block of pixels, then the same of the next row, whose taps lie mostly in the first cache by now.
#define WINDOW_CHANNELS(P, WHOLE, PART) \
  for (; j + P <= g->columns; j += P) { \
    for (long i = 0; i < rows; i++) { \
      const float *a = g->a + i * g->a_row + j * g->a_column; \
      float *c = g->c + i * g->c_row + j * g->c_column; \
      const float *residual = g->epilogue.residual ? g->epilogue.residual + i * g->residual_row + j * g->epilogue.residual_step : 0; \
      long channel = from; \
      for (; channel + LANES <= end; channel += LANES) WHOLE(P, channel, LANES); \
      if (channel < end) PART(P, channel, end - channel); \
    } \
  }
#define WINDOW_BLOCKS(WHOLE, PART) \
  const long rows = g->rows ? g->rows : 1; \
  for (long from = 0; from < g->channels; from += WINDOW_BLOCK) { \
    const long end = from + WINDOW_BLOCK < g->channels ? from + WINDOW_BLOCK : g->channels; \
    long j = 0; \
    WINDOW_CHANNELS(WINDOW_PIXELS, WHOLE, PART) \
    WINDOW_CHANNELS(4, WHOLE, PART) \
    WINDOW_CHANNELS(2, WHOLE, PART) \
    WINDOW_CHANNELS(1, WHOLE, PART) \
  }

INLINE void NAME(window_slides)(const int COLUMNS, const int STRIDE, const kerf_window_f32 *shape) {
  KEEP(kerf_window_f32);
#define SLIDE(P, channel, count) NAME(window_slide)(P, COLUMNS, STRIDE, 0, g, a + channel, c + channel, residual, channel, count, j)
#define SLIDE_PART(P, channel, count) NAME(window_slide)(P, COLUMNS, STRIDE, 1, g, a + channel, c + channel, residual, channel, count, j)
  WINDOW_BLOCKS(SLIDE, SLIDE_PART)
#undef SLIDE
#undef SLIDE_PART
}

INLINE void NAME(window_op)(const int COLUMNS, const kerf_window_f32 *shape, const kerf_window_op op) {
  KEEP(kerf_window_f32);
#define WINDOW(P, channel, count) NAME(window_pixels)(P, COLUMNS, 0, op, g, a + channel, c + channel, residual, channel, count)
#define WINDOW_PART(P, channel, count) NAME(window_pixels)(P, COLUMNS, 1, op, g, a + channel, c + channel, residual, channel, count)
  WINDOW_BLOCKS(WINDOW, WINDOW_PART)
#undef WINDOW
#undef WINDOW_PART
}

static void NAME(window_depthwise)(const kerf_window_f32 *g) {
  const long stride = g->a_column == g->tap_column ? 1 : g->a_column == 2 * g->tap_column ? 2 : 0;
  const long columns = g->first_column == 0 && g->last_column == g->kernel_columns && g->last_column < 8 ? g->kernel_columns : 0;
  switch (stride * 8 + columns) {
    case 11: NAME(window_slides)(3, 1, g); break;
    case 13: NAME(window_slides)(5, 1, g); break;
    case 15: NAME(window_slides)(7, 1, g); break;
    case 19: NAME(window_slides)(3, 2, g); break;
    case 21: NAME(window_slides)(5, 2, g); break;
    default:
      if (columns == 1) NAME(window_op)(1, g, KERF_WINDOW_DEPTHWISE);
      else NAME(window_op)(0, g, KERF_WINDOW_DEPTHWISE);
  }
}

static void NAME(window_f32)(const kerf_window_f32 *g, kerf_window_op op) {
  switch (op) {
    case KERF_WINDOW_DEPTHWISE: NAME(window_depthwise)(g); break;
    case KERF_WINDOW_MAX: NAME(window_op)(0, g, KERF_WINDOW_MAX); break;
    case KERF_WINDOW_SUM: NAME(window_op)(0, g, KERF_WINDOW_SUM); break;
  }
}
