// Two depthwise factors, k×1 then 1×k, in registers: PAIR_PIXELS vertical sums at a time beside the last kernel_columns − 1 of them.

#define PAIR_PIXELS (WINDOW_PIXELS < 6 ? WINDOW_PIXELS : WINDOW_PIXELS / 2 * 2)

/// Vertical sums of `P` input columns from column `j` on; columns outside the image are zero.
INLINE void NAME(pair_columns)(
    const int P, const int part, const kerf_depthwise_pair_f32 *g, long channel, long count, long j, V *sums) {
  UNROLL for (int p = 0; p < P; p++) sums[p] = splat(0);
  const float *a = g->a + j * g->a_column + channel;
  const int whole = j >= 0 && j + P <= g->width;
  for (long t = g->first_row; t < g->last_row; t++) {
    const float *x = a + t * g->a_row, *from = g->v + t * g->w_step + channel;
    V w = part ? LOAD_PART(from, count) : load(from);
    if (whole) {
      UNROLL for (int p = 0; p < P; p++) sums[p] = (part ? LOAD_PART(x + p * g->a_column, count) : load(x + p * g->a_column)) * w + sums[p];
    } else {
      UNROLL for (int p = 0; p < P; p++) {
        if (j + p >= 0 && j + p < g->width) sums[p] = (part ? LOAD_PART(x + p * g->a_column, count) : load(x + p * g->a_column)) * w + sums[p];
      }
    }
  }
}

/// Bias is in `y`; residual, activation and the first `pixels` stores.
INLINE void NAME(pair_store)(
    const int part, const kerf_depthwise_pair_f32 *g, V *y, long channel, long count, long j, long pixels) {
  if (g->epilogue.residual) {
    const float *r = g->epilogue.residual + j * g->epilogue.residual_step + channel;
    UNROLL for (int p = 0; p < PAIR_PIXELS; p++) {
      if (p < pixels) y[p] += part ? LOAD_PART(r + p * g->epilogue.residual_step, count) : load(r + p * g->epilogue.residual_step);
    }
  }
  if (g->epilogue.slope) {
    V slope = part ? LOAD_PART(g->epilogue.slope + channel, count) : load(g->epilogue.slope + channel);
    UNROLL for (int p = 0; p < PAIR_PIXELS; p++) y[p] = y[p] < 0 ? y[p] * slope : y[p];
  } else {
    V low = splat(g->epilogue.low), high = splat(g->epilogue.high);
    UNROLL for (int p = 0; p < PAIR_PIXELS; p++) y[p] = clamp(y[p], low, high);
  }
  float *c = g->c + j * g->c_column + channel;
  if (pixels >= PAIR_PIXELS && !part) {
    UNROLL for (int p = 0; p < PAIR_PIXELS; p++) store(c + p * g->c_column, y[p]);
  } else {
    UNROLL for (int p = 0; p < PAIR_PIXELS; p++) {
      if (p < pixels) STORE_PART(c + p * g->c_column, y[p], count);
    }
  }
}

INLINE void NAME(pair_channels)(const int K, const int part, const kerf_depthwise_pair_f32 *g, long channel, long count) {
  V h[7], sums[6 + PAIR_PIXELS];
  UNROLL for (int u = 0; u < K; u++) h[u] = part ? LOAD_PART(g->h + u * g->w_step + channel, count) : load(g->h + u * g->w_step + channel);
  V bias = part ? LOAD_PART(g->epilogue.bias + channel, count) : load(g->epilogue.bias + channel);
  UNROLL for (int u = 0; u < K - 1; u++) NAME(pair_columns)(1, part, g, channel, count, u - g->left, sums + u);
  for (long j = 0; j < g->columns; j += PAIR_PIXELS) {
    NAME(pair_columns)(PAIR_PIXELS, part, g, channel, count, j + K - 1 - g->left, sums + K - 1);
    V y[PAIR_PIXELS];
    UNROLL for (int p = 0; p < PAIR_PIXELS; p++) {
      y[p] = bias;
      UNROLL for (int u = 0; u < K; u++) y[p] = sums[p + u] * h[u] + y[p];
    }
    NAME(pair_store)(part, g, y, channel, count, j, g->columns - j);
    UNROLL for (int u = 0; u < K - 1; u++) sums[u] = sums[PAIR_PIXELS + u];
  }
}

INLINE void NAME(pair_rows)(const int K, const kerf_depthwise_pair_f32 *shape) {
  KEEP(kerf_depthwise_pair_f32);
  long channel = 0;
  for (; channel + LANES <= g->channels; channel += LANES) NAME(pair_channels)(K, 0, g, channel, LANES);
  if (channel < g->channels) NAME(pair_channels)(K, 1, g, channel, g->channels - channel);
}

static void NAME(depthwise_pair_f32)(const kerf_depthwise_pair_f32 *g) {
  switch (g->kernel_columns) {
    case 3: NAME(pair_rows)(3, g); break;
    case 5: NAME(pair_rows)(5, g); break;
    case 7: NAME(pair_rows)(7, g); break;
  }
}
