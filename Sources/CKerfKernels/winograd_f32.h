// Convolution by Winograd's minimal filtering: tiles → V [point][tile][channel], one product a point and panel, inverse transform.

/// Room for `floats` as an odd number of cache lines: strides of a power of two would map the streams of a tile to a few sets of the first cache.
INLINE long NAME(odd_lines)(long floats) { return ((floats + 15) / 16 | 1) * 16; }
INLINE long NAME(winograd_pitch)(long channels) { return channels <= 64 ? (channels + 15) / 16 * 16 : NAME(odd_lines)(channels); }

static long NAME(winograd_scratch)(long points, long count, long channels) {
  return 16 + points * (NAME(odd_lines)(count * NAME(winograd_pitch)(channels)) + NAME(odd_lines)(MAX_MR * MAX_NV * LANES));
}

/// One axis: the pixels `x` of a tile → `v [point]`.
INLINE void NAME(winograd_input_line)(const int ALPHA, const float *const *x, long channels, float *v, long plane) {
  for (long c = 0; c < channels; c += LANES) {
    const long count = channels - c;
    V d[8], out[8];
    UNROLL for (int i = 0; i < ALPHA; i++) d[i] = count < LANES ? LOAD_PART(x[i] + c, count) : load(x[i] + c);
    NAME(input_transform)(ALPHA, d, out);
    UNROLL for (int i = 0; i < ALPHA; i++) store(v + i * plane + c, out[i]);
  }
}

/// Two axes. With `AHEAD` the pixels new to the next tile are fetched: eight rows of eight pixels are too many streams for the hardware to follow.
INLINE void NAME(winograd_input_square)(
    const int ALPHA, const int AHEAD, const float *const *x, long channels, float *v, long plane, long ahead) {
  for (long c = 0; c < channels; c += LANES) {
    const long count = channels - c;
    V d[8], out[8], half[64];
    UNROLL for (int i = 0; i < ALPHA; i++) {
      UNROLL for (int j = 0; j < ALPHA; j++) {
        const float *p = x[i * ALPHA + j] + c;
        d[j] = count < LANES ? LOAD_PART(p, count) : load(p);
        if (AHEAD && j >= 2) __builtin_prefetch(p + ahead, 0, 2);
      }
      NAME(input_transform)(ALPHA, d, half + i * ALPHA);
    }
    UNROLL for (int j = 0; j < ALPHA; j++) {
      UNROLL for (int i = 0; i < ALPHA; i++) d[i] = half[i * ALPHA + j];
      NAME(input_transform)(ALPHA, d, out);
      UNROLL for (int i = 0; i < ALPHA; i++) store(v + (i * ALPHA + j) * plane + c, out[i]);
    }
  }
}

INLINE void NAME(winograd_input)(const int ALPHA, const kerf_winograd_f32 *g, float *v, long pitch, long plane) {
  const long alphas[2] = {g->row_alpha, g->column_alpha};
  long p = g->first / g->tile_columns, q = g->first % g->tile_columns;
  for (long t = 0; t < g->count; t++, v += pitch) {
    const float *x[64];
    const long top = p * g->row_outputs - g->top, left = q * g->column_outputs - g->left;
    for (long i = 0; i < alphas[0]; i++) {
      const int inside = top + i >= 0 && top + i < g->height;
      const float *row = inside ? g->x + (top + i) * g->x_row : g->zeros;
      for (long j = 0; j < alphas[1]; j++)
        x[i * alphas[1] + j] = inside && left + j >= 0 && left + j < g->width ? row + (left + j) * g->x_column : g->zeros;
    }
    if (alphas[0] != alphas[1]) NAME(winograd_input_line)(ALPHA, x, g->channels, v, plane);
    else if (g->channels > 64) NAME(winograd_input_square)(ALPHA, 1, x, g->channels, v, plane, g->column_outputs * g->x_column);
    else NAME(winograd_input_square)(ALPHA, 0, x, g->channels, v, plane, 0);
    if (++q == g->tile_columns) {
      q = 0;
      p++;
    }
  }
}

static void NAME(winograd_f32)(const kerf_winograd_f32 *g) {
  const long points = g->row_alpha * g->column_alpha, pitch = NAME(winograd_pitch)(g->channels);
  const long plane = NAME(odd_lines)(g->count * pitch);
  float *v = (float *)(((size_t)g->scratch + 63) / 64 * 64), *t = v + points * plane;
  switch (g->row_alpha > g->column_alpha ? g->row_alpha : g->column_alpha) {
    case 4: NAME(winograd_input)(4, g, v, pitch, plane); break;
    case 6: NAME(winograd_input)(6, g, v, pitch, plane); break;
    case 8: NAME(winograd_input)(8, g, v, pitch, plane); break;
  }
  const int vertical = g->column_alpha == 1;
  const NAME(winograd_output_function) output =
      NAME(winograd_outputs)[vertical ? g->row_alpha : g->column_alpha][vertical ? g->row_outputs : g->column_outputs][g->row_alpha == g->column_alpha];
  const float *u = g->u;
  long taken = 0;
  for (long p = 0; p < g->panel_count; p++) {
    const long nv = g->panels[p], width = nv * LANES, tallest = NAME(tile_rows)[nv];
    // Groups of equal height: no thin one at the end.
    const long groups = (g->count + tallest - 1) / tallest, height = groups ? (g->count + groups - 1) / groups : 0;
    for (long i = 0; i < g->count; i += height) {
      const long mr = g->count - i < height ? g->count - i : height, t_plane = NAME(odd_lines)(mr * width);
      for (long q = 0; q < points; q++)
        NAME(raw_tiles)[nv][mr](v + q * plane + i * pitch, pitch, g->channels, u + q * g->channels * width, t + q * t_plane, width);
      output(g, g->first + i, mr, t, t_plane, nv, taken);
    }
    u += points * g->channels * width;
    taken += width;
  }
}
