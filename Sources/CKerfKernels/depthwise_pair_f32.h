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

INLINE void NAME(pair_store)(
    const int part, const kerf_depthwise_pair_f32 *g, V y, long channel, long count, long j, V slope) {
  if (g->epilogue.residual) {
    const float *r = g->epilogue.residual + j * g->epilogue.residual_step + channel;
    y += part ? LOAD_PART(r, count) : load(r);
  }
  y = g->epilogue.slope ? (y < 0 ? y * slope : y) : clamp(y, splat(g->epilogue.low), splat(g->epilogue.high));
  if (part) STORE_PART(g->c + j * g->c_column + channel, y, count);
  else store(g->c + j * g->c_column + channel, y);
}

INLINE void NAME(pair_channels)(const int K, const int part, const kerf_depthwise_pair_f32 *g, long channel, long count) {
  V h[7], sums[6 + PAIR_PIXELS], slope = splat(0);
  UNROLL for (int u = 0; u < K; u++) h[u] = part ? LOAD_PART(g->h + u * g->w_step + channel, count) : load(g->h + u * g->w_step + channel);
  V bias = part ? LOAD_PART(g->epilogue.bias + channel, count) : load(g->epilogue.bias + channel);
  if (g->epilogue.slope) slope = part ? LOAD_PART(g->epilogue.slope + channel, count) : load(g->epilogue.slope + channel);
  UNROLL for (int u = 0; u < K - 1; u++) NAME(pair_columns)(1, part, g, channel, count, u - g->left, sums + u);
  for (long j = 0; j < g->columns; j += PAIR_PIXELS) {
    NAME(pair_columns)(PAIR_PIXELS, part, g, channel, count, j + K - 1 - g->left, sums + K - 1);
    UNROLL for (int p = 0; p < PAIR_PIXELS; p++) {
      V y = bias;
      UNROLL for (int u = 0; u < K; u++) y = sums[p + u] * h[u] + y;
      if (j + p < g->columns) NAME(pair_store)(part, g, y, channel, count, j + p, slope);
    }
    UNROLL for (int u = 0; u < K - 1; u++) sums[u] = sums[PAIR_PIXELS + u];
  }
}

INLINE void NAME(pair_rows)(const int K, const kerf_depthwise_pair_f32 *g) {
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
