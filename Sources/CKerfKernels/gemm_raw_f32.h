// The GEMM microkernels of `gemm_f32.h` without an epilogue, for Winograd's products.

typedef void (*NAME(raw_tile))(const float *a, long lda, long length, const float *b, float *c, long ldc);

/// The sums alone: `c[m][n] = Σ_k a[m·lda + k] · b[k][n]`, for kernels that transform them before the epilogue.
INLINE void NAME(gemm_raw_tile)(const int MR, const int NV, const float *a, long lda, long length, const float *b, float *c, long ldc) {
  V acc[MAX_MR][MAX_NV];
  UNROLL for (int m = 0; m < MR; m++) {
    UNROLL for (int v = 0; v < NV; v++) acc[m][v] = splat(0);
  }
  for (long k = 0; k < length; k++) {
    V w[MAX_NV];
    UNROLL for (int v = 0; v < NV; v++) w[v] = load(b + v * LANES);
    UNROLL for (int v = 0; v < NV * LANES; v += 16) __builtin_prefetch(b + PANEL_AHEAD + v, 0, 2);
    b += NV * LANES;
    UNROLL for (int m = 0; m < MR; m++) {
      V x = splat(a[m * lda + k]);
      UNROLL for (int v = 0; v < NV; v++) acc[m][v] = x * w[v] + acc[m][v];
    }
  }
  UNROLL for (int m = 0; m < MR; m++) {
    UNROLL for (int v = 0; v < NV; v++) store(c + m * ldc + v * LANES, acc[m][v]);
  }
}

#define RAW_TILE_NAME_(mr, nv, isa) gemm_raw_f32_##mr##x##nv##v_##isa
#define RAW_TILE_NAME(mr, nv, isa) RAW_TILE_NAME_(mr, nv, isa)
#define DEFINE_RAW_TILE(MR, NV) \
  static __attribute__((noinline)) void RAW_TILE_NAME(MR, NV, KERF_ISA_NAME)( \
      const float *a, long lda, long length, const float *b, float *c, long ldc) { \
    NAME(gemm_raw_tile)(MR, NV, a, lda, length, b, c, ldc); \
  }
TILES(DEFINE_RAW_TILE)

#define LIST_RAW_TILE(MR, NV) [NV][MR] = RAW_TILE_NAME(MR, NV, KERF_ISA_NAME),
static const NAME(raw_tile) NAME(raw_tiles)[MAX_NV + 1][MAX_MR + 1] = {TILES(LIST_RAW_TILE)};
