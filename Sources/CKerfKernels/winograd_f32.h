// Convolution by Winograd's minimal filtering: tiles → V [point][tile][channel], one product a point and panel, inverse transform.

/// Room for `floats` as an odd number of cache lines: strides of whole pages would map the streams of a tile to a few sets of the first cache.
INLINE long NAME(odd_lines)(long floats) { return ((floats + 15) / 16 | 1) * 16; }
INLINE long NAME(winograd_pitch)(long channels) {
  const long pitch = (channels + 15) / 16 * 16;
  return pitch % 1024 ? pitch : pitch + 16;
}

static long NAME(winograd_scratch)(long points, long count, long channels) {
  return 1024 + 16 + points * (NAME(odd_lines)(count * NAME(winograd_pitch)(channels)) + NAME(odd_lines)(MAX_MR * MAX_NV * LANES));
}

/// Pixel (i, j) of a tile: `x[i·columns + j]`, or where all lie `INSIDE` the image `base + i·row + j·column`.
typedef struct {
  const float *x[64], *base;
  long row, column;
} NAME(winograd_tile);

#define TILE_PIXEL(i, j) (INSIDE ? tile->base + (i) * tile->row + (j) * tile->column : tile->x[(i) * ALPHA + (j)])

/// One axis, its pixels at (0, i) of the tile.
INLINE void NAME(winograd_input_line)(const int ALPHA, const int INSIDE, const NAME(winograd_tile) *tile, long channels, float *v, long plane) {
  for (long c = 0; c < channels; c += LANES) {
    const long count = channels - c;
    V d[10], out[10];
    UNROLL for (int i = 0; i < ALPHA; i++) {
      const float *p = TILE_PIXEL(0, i) + c;
      d[i] = count < LANES ? LOAD_PART(p, count) : load(p);
    }
    NAME(input_transform)(ALPHA, d, out);
    UNROLL for (int i = 0; i < ALPHA; i++) store(v + i * plane + c, out[i]);
  }
}

/// Two axes. The pixels new to the next tile, `ahead` of this one's, are fetched: eight rows of eight pixels are too many streams for the hardware to follow.
INLINE void NAME(winograd_input_square)(
    const int ALPHA, const int INSIDE, const NAME(winograd_tile) *tile, long channels, float *v, long plane, long ahead) {
  for (long c = 0; c < channels; c += LANES) {
    const long count = channels - c;
    V d[8], out[8], half[64];
    UNROLL for (int i = 0; i < ALPHA; i++) {
      UNROLL for (int j = 0; j < ALPHA; j++) {
        const float *p = TILE_PIXEL(i, j) + c;
        d[j] = count < LANES ? LOAD_PART(p, count) : load(p);
      }
      if (INSIDE) {
        UNROLL for (int j = 2; j < ALPHA; j++) __builtin_prefetch(TILE_PIXEL(i, j) + c + ahead, 0, 2);
      }
      NAME(input_transform)(ALPHA, d, half + i * ALPHA);
      STEP_ENDS(half);
    }
    UNROLL for (int j = 0; j < ALPHA; j++) {
      UNROLL for (int i = 0; i < ALPHA; i++) d[i] = half[i * ALPHA + j];
      NAME(input_transform)(ALPHA, d, out);
      UNROLL for (int i = 0; i < ALPHA; i++) store(v + (i * ALPHA + j) * plane + c, out[i]);
      STEP_ENDS(half);
    }
  }
}

/// The pixels of tiles `first..<first + count` → `v [point][tile][pitch]`.
INLINE void NAME(winograd_input)(const int ALPHA, const int SQUARE, const kerf_winograd_f32 *shape, float *v, long pitch, long plane) {
  KEEP(kerf_winograd_f32);
  NAME(winograd_tile) tile;
  const int vertical = !SQUARE && g->column_alpha == 1;
  tile.row = g->x_row;
  tile.column = vertical ? g->x_row : g->x_column;
  const long ahead = g->column_outputs * g->x_column;
  long p = g->first / g->tile_columns, q = g->first % g->tile_columns;
  for (long t = 0; t < g->count; t++, v += pitch) {
    const long top = p * g->row_outputs - g->top, left = q * g->column_outputs - g->left;
    if (++q == g->tile_columns) q = 0, p++;
    if (top >= 0 && left >= 0 && top + g->row_alpha <= g->height && left + g->column_alpha <= g->width) {
      tile.base = g->x + top * g->x_row + left * g->x_column;
      if (SQUARE) NAME(winograd_input_square)(ALPHA, 1, &tile, g->channels, v, plane, ahead);
      else NAME(winograd_input_line)(ALPHA, 1, &tile, g->channels, v, plane);
      continue;
    }
    for (long i = 0; i < g->row_alpha; i++)
      for (long j = 0; j < g->column_alpha; j++) {
        const int inside = top + i >= 0 && top + i < g->height && left + j >= 0 && left + j < g->width;
        tile.x[i * g->column_alpha + j] = inside ? g->x + (top + i) * g->x_row + (left + j) * g->x_column : g->zeros;
      }
    if (SQUARE) NAME(winograd_input_square)(ALPHA, 0, &tile, g->channels, v, plane, 0);
    else NAME(winograd_input_line)(ALPHA, 0, &tile, g->channels, v, plane);
  }
}

static void NAME(winograd_f32)(const kerf_winograd_f32 *g) {
  const long points = g->row_alpha * g->column_alpha, pitch = NAME(winograd_pitch)(g->channels);
  const long plane = NAME(odd_lines)(g->count * pitch);
  // A load waits for an earlier store that ends in the same twelve bits of address: keep half a page between the pixels and their transforms.
  const size_t scratch = ((size_t)g->scratch + 63) / 64 * 64, from = (size_t)(g->x + g->first % g->tile_columns * g->x_column);
  float *v = (float *)(scratch + ((from + 2048 - scratch) % 4096) / 64 * 64), *t = v + points * plane;
  const int square = g->row_alpha == g->column_alpha, vertical = g->column_alpha == 1;
  const long alpha = vertical ? g->row_alpha : g->column_alpha;
  switch (alpha + square) {
    case 4: NAME(winograd_input)(4, 0, g, v, pitch, plane); break;
    case 5: NAME(winograd_input)(4, 1, g, v, pitch, plane); break;
    case 6: NAME(winograd_input)(6, 0, g, v, pitch, plane); break;
    case 7: NAME(winograd_input)(6, 1, g, v, pitch, plane); break;
    case 8: NAME(winograd_input)(8, 0, g, v, pitch, plane); break;
    case 10: NAME(winograd_input)(10, 0, g, v, pitch, plane); break;
    case 9: NAME(winograd_input)(8, 1, g, v, pitch, plane); break;
  }
  const NAME(winograd_output_function) output = (square ? NAME(winograd_squares) : NAME(winograd_lines))[alpha][vertical ? g->row_outputs : g->column_outputs];
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
