#ifndef CKERFKERNELS_U8_H
#define CKERFKERNELS_U8_H

// Microkernels on bytes: activations are unsigned 8-bit levels, channels last; weights signed 8-bit; sums exact in 32 bits.
//
// A signed activation q is held as q + 128, its zero point likewise. Every instruction set makes the same bits: sums are integers, and the float
// arithmetic behind them is done in the order stated, each multiplication and addition rounded (`fma` where it says so).

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma clang assume_nonnull begin

/// What becomes of a 32-bit sum, column by column:
///
///     r = fma(float(sum), scale, bias)
///     if middle_scale ≠ 0:  r = fma(min(max(rint(r), middle_low), middle_high), middle_scale, middle_bias)    (was quantized on the way)
///     if residual:          r = fma(float(residual), residual_scale, r)
///     if slope and r < 0:   r = r · slope
///     r = rint(r) + offset  (only if slope; else the caller has it in the bias; not rounded if to_float)
///     r = min(max(r, low), high)
///     output u8: rint(r), halves to even, then saturated to 0…255;  output f32: r
///
/// `residual` has the output's type (u8 levels or floats), laid out like the output with `residual_step` elements between pixels.
/// Of a byte output `low` and `high` are whole numbers or infinite. NaN cannot occur in a sum; where a float residual is NaN the float output is NaN.
typedef struct {
  /// One value a column each, as many as the panel is wide. `start` is what the sums begin with (NULL: 0).
  const int32_t *_Nullable start;
  const float *_Nullable scale, *_Nullable bias;
  /// Or NULL.
  const float *_Nullable slope;
  const void *_Nullable residual;
  long residual_step;
  float residual_scale;
  float middle_scale, middle_bias, middle_low, middle_high;
  float offset;
  float low, high;
  /// Not 0: the output is float32.
  long to_float;
} kerf_epilogue_u8;

/// A block of a convolution as an implicit GEMM of bytes: `rows × columns` output pixels times the output channels of the panels given.
///
/// `sum[i][j][n] = start[n] + Σ_s Σ_k a[i·a_row + j·a_column + offsets[s] + k] · b[s][k][n]`, `s < kernel_rows·segments`, `k < segment_length`.
/// Kernel row `t` of output row `i` reads input row `top + i·stride + t·dilation`; a row outside `0..<height` is not read and adds
/// `outside[t·outside_step + n]` instead.
/// Segments are read in fours: up to three bytes behind each segment are read, and count nothing (the weights there are 0).
typedef struct {
  long rows, columns;
  const uint8_t *_Nullable a;
  /// In bytes.
  long a_row, a_column;
  const long *_Nullable offsets;
  long kernel_rows, segments, segment_length;
  long top, stride, dilation, height;
  /// Panels one after another, each `[kernel_rows·segments][⌈segment_length/4⌉][width][4]`, written by `kerf_pack_u8`.
  const int8_t *_Nullable b;
  /// Width of each panel in vectors of `lanes` columns.
  const unsigned char *_Nullable panels;
  long panel_count;
  /// Output channels: at most the sum of the panels' widths; columns beyond are computed but not stored.
  long n;
  /// u8 or f32; steps in elements.
  void *_Nullable c;
  long c_row, c_column;
  /// Residual step between output rows, in elements.
  long residual_row;
  /// `[kernel_rows][outside_step]`, indexed like `start`; NULL where rows outside count nothing.
  const int32_t *_Nullable outside;
  long outside_step;
  kerf_epilogue_u8 epilogue;
} kerf_gemm_u8;

typedef enum { KERF_WINDOW_U8_DEPTHWISE, KERF_WINDOW_U8_MAX, KERF_WINDOW_U8_SUM } kerf_window_u8_op;

/// Rows of pixels, each reduced over a window of taps, channel by channel:
/// `sum = start[c] + Σ over t, u of x · w[(t·kernel_columns + u)·w_step + c]`, `x = a[j·a_column + t·tap_row + u·tap_column + c]` (elements: bytes);
/// taps outside `t` in `first_row..<last_row`, `u` in `first_column..<last_column` are not read and have x = `pad`.
/// `max` takes the largest x of the taps inside, `sum` adds them up (both read no weights); `max` stores it as it is (u8), `sum` goes through the epilogue.
/// Several `rows` that reach the same taps may go together, and should where channels are few: up to half a block of 4·lanes, rows share vectors.
/// `c` may be the residual, but not `a`.
typedef struct {
  long rows, columns, channels;
  const uint8_t *_Nullable a;
  long a_row, a_column, tap_row, tap_column;
  long kernel_rows, kernel_columns;
  long first_row, last_row, first_column, last_column;
  uint8_t pad;
  const int8_t *_Nullable w;
  long w_step;
  void *_Nullable c;
  long c_row, c_column, residual_row;
  /// `start`, `scale`, `bias`, `slope`: one value a channel.
  kerf_epilogue_u8 epilogue;
} kerf_window_u8;

/// The byte kernels of one instruction set.
typedef struct {
  const char *name;
  /// 32-bit sums in a vector: panels are multiples of it.
  long lanes;
  /// Vectors in the widest panel (1, 2 or 3).
  long max_panel;
  /// Multiply-adds in a cycle that the tile shapes were chosen for; orders the estimates of costs.
  long multiply_adds;
  void (*gemm)(const kerf_gemm_u8 *);
  void (*window)(const kerf_window_u8 *, kerf_window_u8_op);
  /// `y[j] = table[x[j]]`. `y` may be `x`.
  void (*lookup)(long n, const uint8_t *x, const uint8_t table[_Nonnull 256], uint8_t *y);
  /// `y[j] = min(max(rint(x[j] / scale) + zero, low), high)`, halves to even; NaN counts as 0. All four are whole but `scale`, and lie in 0…255.
  void (*quantize)(long n, const float *x, float scale, float zero, float low, float high, uint8_t *y);
  /// `y[j] = (x[j] − zero)·scale`
  void (*dequantize)(long n, const uint8_t *x, float scale, float zero, float *y);
  /// `y[i·y_row + j] = saturate(min(max(rint(fma(a, a_scale, fma(b, b_scale, bias))), low), high))` for `a[i·a_row + j]`, `b[i·b_row + j·b_step]`; `b_step` 0 or 1.
  void (*add)(long rows, long n, const uint8_t *a, long a_row, float a_scale, const uint8_t *b, long b_row, long b_step, float b_scale, float bias, float low, float high, uint8_t *y, long y_row);
  /// The same of `fma((a − a_zero)·(b − b_zero), scale, bias)`.
  void (*multiply)(long rows, long n, const uint8_t *a, long a_row, float a_zero, const uint8_t *b, long b_row, long b_step, float b_zero, float scale, float bias, float low, float high, uint8_t *y, long y_row);
  /// Makes multiply-adds of bytes on registers alone and says how many; the result only keeps them from being left out.
  int32_t (*peak)(long rounds, long *multiply_adds);
} kerf_kernels_u8;

/// The byte kernels that this machine runs, best first; the last are portable C.
long kerf_kernels_u8_count(void);
const kerf_kernels_u8 *_Nullable kerf_kernels_u8_at(long index);

/// `w [n][c][taps]` → panels as `gemm` reads them: a segment is `taps_per_segment` taps of `c` values each, in the order tap, channel;
/// `taps / taps_per_segment` segments; columns beyond `n` and values beyond a segment are 0.
void kerf_pack_u8(
    const int8_t *w, long n, long c, long taps, long taps_per_segment, long lanes, const unsigned char *panels, long panel_count, int8_t *out);

/// `out[t·step + j] = Σ w[j][·][t][·]` of `w [n][c][rows][taps_per_row]`: what a zero point of the input is multiplied by, for every kernel row.
void kerf_sum_rows_s8(const int8_t *w, long n, long c, long rows, long taps_per_row, long step, int32_t *out);

#pragma clang assume_nonnull end

#ifdef __cplusplus
}
#endif
#endif
