// Packed-panel GEMM microkernels of bytes: MR pixels × NV vectors of output channels, reduced over segments of the input (implicit GEMM).
//
// The accumulators are an array of fixed size with literal bounds, as in `gemm_f32.h`.

// How far ahead of its use a panel that streams from memory is asked for, in bytes.
#define PANEL_AHEAD 8192

/// Bytes of a tile whose sums have become whole numbers of at most 255.
INLINE void NAME(store_tile)(const int MR, const int NV, VI q[MAX_MR][MAX_NV], uint8_t *c, long ldc, long n) {
  if (n < NV * LANES) {
    UNROLL for (int m = 0; m < MR; m++) STORE_BYTES_PART(c + m * ldc, narrow(q[m][0], q[m][NV > 1 ? 1 : 0], q[m][NV > 2 ? 2 : 0], q[m][0]), n);
  } else if (NV == 1) {
    UNROLL for (int m = 0; m < MR; m += 4) {
      const int m1 = m + 1 < MR ? m + 1 : m, m2 = m + 2 < MR ? m + 2 : m, m3 = m + 3 < MR ? m + 3 : m;
      B4 bytes = narrow(q[m][0], q[m1][0], q[m2][0], q[m3][0]);
      *(B1U *)(c + m * ldc) = bytes.lo.lo;
      if (m1 > m) *(B1U *)(c + m1 * ldc) = bytes.lo.hi;
      if (m2 > m) *(B1U *)(c + m2 * ldc) = bytes.hi.lo;
      if (m3 > m) *(B1U *)(c + m3 * ldc) = bytes.hi.hi;
    }
  } else if (NV == 2) {
    UNROLL for (int m = 0; m < MR; m += 2) {
      const int m1 = m + 1 < MR ? m + 1 : m;
      B4 bytes = narrow(q[m][0], q[m][1], q[m1][0], q[m1][1]);
      *(B2U *)(c + m * ldc) = bytes.lo;
      if (m1 > m) *(B2U *)(c + m1 * ldc) = bytes.hi;
    }
  } else {
    UNROLL for (int m = 0; m < MR; m++) {
      B4 bytes = narrow(q[m][0], q[m][1], q[m][NV - 1], q[m][0]);
      *(B2U *)(c + m * ldc) = bytes.lo;
      *(B1U *)(c + m * ldc + 2 * LANES) = bytes.hi.lo;
    }
  }
}

/// Sums that are quantized on the way become bytes' whole numbers.
INLINE void NAME(finish_middle)(const int slope, const int MR, const int NV, const kerf_epilogue_u8 *e, VI acc[MAX_MR][MAX_NV]) {
  UNROLL for (int m = 0; m < MR; m++) {
    UNROLL for (int v = 0; v < NV; v++) {
      V y = fused(as_float(acc[m][v]), load(e->scale + v * LANES), load(e->bias + v * LANES));
      y = at_most(at_least(__builtin_elementwise_rint(y), splat(e->middle_low)), splat(e->middle_high));
      y = fused(y, splat(e->middle_scale), splat(e->middle_bias));
      if (e->residual) {
        const B1 x = load_bytes((const uint8_t *)e->residual + m * e->residual_step + v * LANES);
        y = fused(as_float(__builtin_convertvector(x, VI)), splat(e->residual_scale), y);
      }
      if (slope) y = __builtin_elementwise_rint(y < 0 ? y * load(e->slope + v * LANES) : y) + splat(e->offset);
      acc[m][v] = rounded(at_most(at_least(y, splat(e->low)), splat(e->high)));
    }
  }
}

typedef void (*NAME(tile_u8))(
    const uint8_t *a, long lda, const long *offsets, long segments, long length, const int8_t *b, const int32_t *start, const kerf_epilogue_u8 *e,
    void *c, long ldc, long n, long ahead, long panel_ahead);

INLINE void NAME(gemm_tile_u8)(
    const int MR, const int NV, const uint8_t *a, long lda, const long *offsets, long segments, long length, const int8_t *b, const int32_t *start,
    const kerf_epilogue_u8 *e, void *c, long ldc, long n, long ahead, long panel_ahead) {
  VI acc[MAX_MR][MAX_NV];
  UNROLL for (int m = 0; m < MR; m++) {
    UNROLL for (int v = 0; v < NV; v++) acc[m][v] = load_int(start + v * LANES);
  }
#ifdef WEIGHT_SUMS
  VI sums[MAX_NV];
  UNROLL for (int v = 0; v < NV; v++) sums[v] = 0;
#endif
  for (long s = 0; s < segments; s++) {
    const uint8_t *row = a + offsets[s];
    for (long k0 = 0; k0 < length; k0 += 64) {
      // Short strided streams defeat the hardware's prefetcher: ask for the next tile's rows one line at a time.
      if (ahead && s == segments - 1) {
        UNROLL for (int m = 0; m < MR; m++) __builtin_prefetch(row + m * lda + k0 + ahead, 0, 3);
      }
      const long k1 = k0 + 64 < length ? k0 + 64 : length;
      for (long k = k0; k < k1; k += 4) {
        WEIGHTS w[MAX_NV];
        UNROLL for (int v = 0; v < NV; v++) w[v] = weights_of(b + v * 4 * LANES);
        if (MR >= MAX_MR / 2) {
          UNROLL for (int v = 0; v < NV * LANES * 4; v += 64) __builtin_prefetch(b + panel_ahead + v, 0, 2);
        }
        b += NV * LANES * 4;
#ifdef WEIGHT_SUMS
        UNROLL for (int v = 0; v < NV; v++) sums[v] = WEIGHT_SUMS(sums[v], w[v]);
#endif
        UNROLL for (int m = 0; m < MR; m++) {
          const PIXEL x = pixel_of(row + m * lda + k);
          UNROLL for (int v = 0; v < NV; v++) acc[m][v] = dot(acc[m][v], x, w[v]);
        }
      }
    }
  }
#ifdef WEIGHT_SUMS
  UNROLL for (int m = 0; m < MR; m++) {
    UNROLL for (int v = 0; v < NV; v++) acc[m][v] -= sums[v];
  }
#endif
  if (NAME(is_slow)(e) || (e->residual && n < NV * LANES)) {
    int32_t all[MAX_MR * MAX_NV * LANES];
    UNROLL for (int m = 0; m < MR; m++) {
      UNROLL for (int v = 0; v < NV; v++) *(VIU *)(all + (m * NV + v) * LANES) = acc[m][v];
    }
    NAME(finish_tile)(all, MR, NV, e, c, ldc, n);
    return;
  }
  // With all of their constants these would push sums of the others out of the registers: they go by themselves.
  if (e->middle_scale != 0) {
    if (e->slope) NAME(finish_middle)(1, MR, NV, e, acc);
    else NAME(finish_middle)(0, MR, NV, e, acc);
    NAME(store_tile)(MR, NV, acc, c, ldc, n);
    return;
  }
  V r[MAX_MR][MAX_NV];
  UNROLL for (int v = 0; v < NV; v++) {
    const V scale = load(e->scale + v * LANES), bias = load(e->bias + v * LANES);
    UNROLL for (int m = 0; m < MR; m++) r[m][v] = fused(as_float(acc[m][v]), scale, bias);
  }
  if (e->residual) {
    const V residual_scale = splat(e->residual_scale);
    UNROLL for (int m = 0; m < MR; m++) {
      UNROLL for (int v = 0; v < NV; v++) {
        const B1 x = load_bytes((const uint8_t *)e->residual + m * e->residual_step + v * LANES);
        r[m][v] = fused(as_float(__builtin_convertvector(x, VI)), residual_scale, r[m][v]);
      }
    }
  }
  if (e->low > 0) {
    const V low = splat(e->low);
    UNROLL for (int m = 0; m < MR; m++) {
      UNROLL for (int v = 0; v < NV; v++) r[m][v] = at_least(r[m][v], low);
    }
  }
  if (e->high < INFINITY) {
    const V high = splat(e->high);
    UNROLL for (int m = 0; m < MR; m++) {
      UNROLL for (int v = 0; v < NV; v++) r[m][v] = at_most(r[m][v], high);
    }
  }
  UNROLL for (int m = 0; m < MR; m++) {
    UNROLL for (int v = 0; v < NV; v++) acc[m][v] = rounded(r[m][v]);
  }
  NAME(store_tile)(MR, NV, acc, c, ldc, n);
}

#define TILE_NAME_(mr, nv, isa) gemm_u8_##mr##x##nv##v_##isa
#define TILE_NAME(mr, nv, isa) TILE_NAME_(mr, nv, isa)
#define DEFINE_TILE(MR, NV) \
  static __attribute__((noinline)) void TILE_NAME(MR, NV, KERF_ISA_NAME)( \
      const uint8_t *a, long lda, const long *offsets, long segments, long length, const int8_t *b, const int32_t *start, const kerf_epilogue_u8 *e, \
      void *c, long ldc, long n, long ahead, long panel_ahead) { \
    NAME(gemm_tile_u8)(MR, NV, a, lda, offsets, segments, length, b, start, e, c, ldc, n, ahead, panel_ahead); \
  }
TILES(DEFINE_TILE)

#define LIST_TILE(MR, NV) [NV][MR] = TILE_NAME(MR, NV, KERF_ISA_NAME),
static const NAME(tile_u8) NAME(tiles_u8)[MAX_NV + 1][MAX_MR + 1] = {TILES(LIST_TILE)};
static const long NAME(tile_rows_u8)[MAX_NV + 1] = TILE_ROWS;

/// Kernel rows of output row `i` that lie inside the image: `first..<last`.
INLINE void NAME(inside_u8)(const kerf_gemm_u8 *g, long i, long *first, long *last) {
  const long y = g->top + i * g->stride, room = g->height - y;
  long f = 0, l = g->kernel_rows;
  if (y < 0) f = (-y + g->dilation - 1) / g->dilation;
  const long fits = room <= 0 ? 0 : (room + g->dilation - 1) / g->dilation;
  if (fits < l) l = fits;
  *first = f < l ? f : l;
  *last = l;
}

/// What the sums of a row begin with, `width` columns of it: rows of the kernel that lie outside the image have a value of their own.
INLINE const int32_t *NAME(row_start_u8)(const kerf_gemm_u8 *g, const int32_t *start, long taken, long width, long first, long last, int32_t *shifted) {
  if (!g->outside || last - first >= g->kernel_rows) return start;
  memcpy(shifted, start, (size_t)width * sizeof *shifted);
  for (long t = 0; t < g->kernel_rows; t++)
    if (t < first || t >= last)
      for (long n = 0; n < width; n++) shifted[n] += g->outside[t * g->outside_step + taken + n];
  return shifted;
}

#ifdef NARROW
#include "narrow_u8.h"
#endif

static void NAME(gemm_u8)(const kerf_gemm_u8 *g) {
#ifdef NARROW
  if (NAME(is_narrow)(g)) {
    NAME(narrow_gemm_u8)(g);
    return;
  }
#endif
  const int8_t *b = g->b;
  const long size = g->epilogue.to_float ? 4 : 1;
  const int32_t zeros[MAX_NV * LANES] = {0};
  long taken = 0;
  for (long p = 0; p < g->panel_count && taken < g->n; p++) {
    const long nv = g->panels[p], width = nv * LANES, tallest = NAME(tile_rows_u8)[nv];
    // Tiles of equal height: no thin one at the end.
    const long count = (g->columns + tallest - 1) / tallest;
    const long height = count ? (g->columns + count - 1) / count : 0;
    const long per_row = g->segments * ((g->segment_length + 3) / 4 * 4) * width;
    kerf_epilogue_u8 e = g->epilogue;
    e.scale += taken;
    e.bias += taken;
    if (e.slope) e.slope += taken;
    if (!e.to_float) e.high = NAME(byte_high)(&e, width);
    for (long i = 0; i < g->rows; i++) {
      long first, last;
      NAME(inside_u8)(g, i, &first, &last);
      int32_t shifted[MAX_NV * LANES];
      const int32_t *start = NAME(row_start_u8)(g, e.start ? e.start + taken : zeros, taken, width, first, last, shifted);
      const uint8_t *a = g->a + i * g->a_row;
      char *c = (char *)g->c + (i * g->c_row + taken) * size;
      for (long j = 0; j < g->columns; j += height) {
        const long mr = g->columns - j < height ? g->columns - j : height;
        if (e.residual) e.residual = (const char *)g->epilogue.residual + (i * g->residual_row + j * e.residual_step + taken) * size;
        NAME(tiles_u8)[nv][mr](
            a + j * g->a_column, g->a_column, g->offsets + first * g->segments, (last - first) * g->segments, g->segment_length, b + first * per_row,
            start, &e, c + j * g->c_column * size, g->c_column, g->n - taken, p == 0 && j + 2 * height <= g->columns ? mr * g->a_column : 0,
            i == 0 && j == 0 ? PANEL_AHEAD : 0);
      }
    }
    b += g->kernel_rows * per_row;
    taken += width;
  }
}
