#ifndef CKERFKERNELS_BF16_H
#define CKERFKERNELS_BF16_H

// Microkernels on bfloat16 values, the upper half of a float32's bits: products are of them, sums, epilogue and output are float32.
// Part of `CKerfKernels.h`, which is to be included.

#ifdef __cplusplus
extern "C" {
#endif

#pragma clang assume_nonnull begin

/// The bfloat16 kernels that go with the float kernels of one instruction set. Lanes and panels are those of the float kernels.
typedef struct {
  const char *name;
  /// Multiply-adds in a cycle that the tile shapes were chosen for; orders the estimates of costs.
  long multiply_adds;
  /// `gemm` of `kerf_kernels` on pairs: a float of `a` and of `b`, and of all that counts them, is two bfloat16 values whose products with each
  /// other's two are added. Subnormal values count as zero.
  void (*gemm)(const kerf_gemm_f32 *);
  /// `y[i·y_row + j] = x[i·x_row + j]` for `j < n`, to the nearest, halves to even. Where `n` is odd a zero follows it in each row.
  void (*convert)(long rows, long n, const float *x, long x_row, uint16_t *y, long y_row);
  /// Makes multiply-adds on registers alone and says how many; the result only keeps them from being left out.
  float (*peak)(long rounds, long *multiply_adds);
} kerf_kernels_bf16;

/// The kernels that go with a set of float kernels; NULL where the processor lacks such products.
const kerf_kernels_bf16 *_Nullable kerf_kernels_bf16_for(const kerf_kernels *);

/// `w [n][c][taps]` → panels `[panel][taps][⌈c/2⌉][width][2]`, columns beyond `n` and a channel beyond `c` zero, each column times `scale[n]` where
/// that is not NULL; rounded to the nearest, halves to even.
void kerf_pack_bf16(const float *w, long n, long c, long taps, long lanes, const unsigned char *panels, long panel_count, const float *_Nullable scale, uint16_t *out);

#pragma clang assume_nonnull end

#ifdef __cplusplus
}
#endif

#endif
