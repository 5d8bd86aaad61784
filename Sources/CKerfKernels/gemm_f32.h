// Packed-panel GEMM microkernels: MR pixels × NV vectors of output channels, reduced over segments of the input (implicit GEMM).
//
// The accumulators are an array of fixed size with literal bounds: an array sized by the parameters would be a variable-length
// one, and the compiler then keeps it in memory.
//
// The including file defines `MULTIPLY_ADD(x, w, sum)` on vectors: what a float of the image and one of the weights make of a sum.

// How far ahead of its use a panel that streams from memory is asked for, in floats.
#define PANEL_AHEAD 2048

typedef void (*NAME(tile))(
    const float *a, long lda, const long *offsets, long segments, long length, const float *b, float *c, long ldc, long n,
    const kerf_epilogue_f32 *e, long ahead, long panel_ahead, long announce);

INLINE void NAME(gemm_tile)(
    const int MR, const int NV, const float *a, long lda, const long *offsets, long segments, long length, const float *b,
    float *c, long ldc, long n, const kerf_epilogue_f32 *e, long ahead, long panel_ahead, long announce) {
  V acc[MAX_MR][MAX_NV];
  UNROLL for (int m = 0; m < MR; m++) {
    UNROLL for (int v = 0; v < NV; v++) acc[m][v] = load(e->bias + v * LANES);
  }
  if (announce) {
    UNROLL for (int m = 0; m < MR; m++) {
      UNROLL for (int v = 0; v < NV * LANES; v += 16) __builtin_prefetch(c + m * ldc + v, 1, 3);
    }
  }
  for (long s = 0; s < segments; s++) {
    const float *row = a + offsets[s];
    for (long k0 = 0; k0 < length; k0 += 16) {
      // Short strided streams defeat the hardware's prefetcher: ask for the next tile's rows one line at a time.
      if (ahead && s == segments - 1) {
        UNROLL for (int m = 0; m < MR; m++) __builtin_prefetch(row + m * lda + k0 + ahead, 0, 3);
      }
      long k1 = k0 + 16 < length ? k0 + 16 : length;
      for (long k = k0; k < k1; k++) {
        V w[MAX_NV];
        UNROLL for (int v = 0; v < NV; v++) w[v] = load(b + v * LANES);
        // A tile of few rows is bound by loads: there the hardware does better alone.
        if (MR >= MAX_MR / 2) {
          UNROLL for (int v = 0; v < NV * LANES; v += 16) __builtin_prefetch(b + panel_ahead + v, 0, 2);
        }
        b += NV * LANES;
        UNROLL for (int m = 0; m < MR; m++) {
          V x = splat(row[m * lda + k]);
          UNROLL for (int v = 0; v < NV; v++) acc[m][v] = MULTIPLY_ADD(x, w[v], acc[m][v]);
        }
      }
    }
  }
  if (e->residual) {
    UNROLL for (int m = 0; m < MR; m++) {
      UNROLL for (int v = 0; v < NV; v++) {
        const float *p = e->residual + m * e->residual_step + v * LANES;
        long count = n - v * LANES;
        if (count >= LANES) acc[m][v] += load(p);
        else if (count > 0) acc[m][v] += LOAD_PART(p, count);
      }
    }
  }
  if (e->slope) {
    UNROLL for (int v = 0; v < NV; v++) {
      V slope = load(e->slope + v * LANES);
      UNROLL for (int m = 0; m < MR; m++) acc[m][v] = acc[m][v] < 0 ? acc[m][v] * slope : acc[m][v];
    }
  } else {
    // After a short sum each bound is a noticeable part of the work: most have at most one.
    if (e->low > -INFINITY) {
      V low = splat(e->low);
      UNROLL for (int m = 0; m < MR; m++) {
        UNROLL for (int v = 0; v < NV; v++) acc[m][v] = acc[m][v] < low ? low : acc[m][v];
      }
    }
    if (e->high < INFINITY) {
      V high = splat(e->high);
      UNROLL for (int m = 0; m < MR; m++) {
        UNROLL for (int v = 0; v < NV; v++) acc[m][v] = acc[m][v] > high ? high : acc[m][v];
      }
    }
  }
  UNROLL for (int v = 0; v < NV; v++) {
    long count = n - v * LANES;
    if (count >= LANES) {
      UNROLL for (int m = 0; m < MR; m++) store(c + m * ldc + v * LANES, acc[m][v]);
    } else if (count > 0) {
      UNROLL for (int m = 0; m < MR; m++) STORE_PART(c + m * ldc + v * LANES, acc[m][v], count);
    }
  }
}

#define TILE_NAME_(mr, nv, isa) gemm_f32_##mr##x##nv##v_##isa
#define TILE_NAME(mr, nv, isa) TILE_NAME_(mr, nv, isa)
#define DEFINE_TILE(MR, NV) \
  static __attribute__((noinline)) void TILE_NAME(MR, NV, KERF_ISA_NAME)( \
      const float *a, long lda, const long *offsets, long segments, long length, const float *b, float *c, long ldc, long n, \
      const kerf_epilogue_f32 *e, long ahead, long panel_ahead, long announce) { \
    NAME(gemm_tile)(MR, NV, a, lda, offsets, segments, length, b, c, ldc, n, e, ahead, panel_ahead, announce); \
  }
TILES(DEFINE_TILE)

#define LIST_TILE(MR, NV) [NV][MR] = TILE_NAME(MR, NV, KERF_ISA_NAME),
static const NAME(tile) NAME(tiles)[MAX_NV + 1][MAX_MR + 1] = {TILES(LIST_TILE)};
static const long NAME(tile_rows)[MAX_NV + 1] = TILE_ROWS;

/// Kernel rows of output row `i` that lie inside the image: `first..<last`.
INLINE void NAME(inside)(const kerf_gemm_f32 *g, long i, long *first, long *last) {
  long y = g->top + i * g->stride, f = 0, l = g->kernel_rows;
  if (y < 0) f = (-y + g->dilation - 1) / g->dilation;
  long room = g->height - y;
  long fits = room <= 0 ? 0 : (room + g->dilation - 1) / g->dilation;
  if (fits < l) l = fits;
  *first = f < l ? f : l;
  *last = l;
}

static void NAME(gemm_f32)(const kerf_gemm_f32 *g) {
  const float *b = g->b;
  long taken = 0;
  for (long p = 0; p < g->panel_count; p++) {
    const long nv = g->panels[p], width = nv * LANES;
    const long tallest = NAME(tile_rows)[nv];
    // Tiles of equal height: no thin one at the end.
    const long count = (g->columns + tallest - 1) / tallest;
    const long height = count ? (g->columns + count - 1) / count : 0;
    const long per_row = g->segments * g->segment_length * width;
    kerf_epilogue_f32 e = g->epilogue;
    e.bias += taken;
    if (e.slope) e.slope += taken;
    for (long i = 0; i < g->rows; i++) {
      long first, last;
      NAME(inside)(g, i, &first, &last);
      const float *a = g->a + i * g->a_row;
      float *c = g->c + i * g->c_row + taken;
      for (long j = 0; j < g->columns; j += height) {
        long mr = g->columns - j < height ? g->columns - j : height;
        if (g->epilogue.residual) e.residual = g->epilogue.residual + i * g->residual_row + j * e.residual_step + taken;
        NAME(tiles)[nv][mr](
            a + j * g->a_column, g->a_column, g->offsets + first * g->segments, (last - first) * g->segments, g->segment_length,
            b + first * per_row, c + j * g->c_column, g->c_column, g->n - taken, &e,
            p == 0 && j + 2 * height <= g->columns ? mr * g->a_column : 0, i == 0 && j == 0 ? PANEL_AHEAD : 0, g->announce);
      }
    }
    b += g->kernel_rows * per_row;
    taken += width;
  }
}
