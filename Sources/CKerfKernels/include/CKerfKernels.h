#ifndef CKERFKERNELS_H
#define CKERFKERNELS_H

// Microkernels of the engine. Activations are channels last: a pixel is `C` consecutive floats.
// Every instruction set fills the same table; no function starts threads, allocates, or touches a float outside the ranges stated.

#include <stddef.h>
#include <stdint.h>

#include "CKerfKernelsU8.h"

#ifdef __cplusplus
extern "C" {
#endif

#pragma clang assume_nonnull begin

/// What happens to an accumulator before it is stored: `r = acc + bias + residual`, then
/// `r < 0 ? r·slope : r` where `slope` is set, else `min(max(r, low), high)`. NaN passes through.
typedef struct {
  /// One value a column, as many as the panel is wide.
  const float *_Nullable bias;
  /// One value a column, as many as the panel is wide, or NULL.
  const float *_Nullable slope;
  /// Laid out like the output with `residual_step` floats between pixels, or NULL.
  const float *_Nullable residual;
  long residual_step;
  float low, high;
} kerf_epilogue_f32;

/// A block of a convolution as an implicit GEMM: `rows × columns` output pixels times the output channels of the panels given.
///
/// `y[i][j][n] = Σ_s Σ_k a[i·a_row + j·a_column + offsets[s] + k] · b[s][k][n]`, `s < kernel_rows·segments`, `k < segment_length`.
/// Kernel row `t` of output row `i` reads input row `top + i·stride + t·dilation`; rows outside `0..<height` count as zero and are not read.
typedef struct {
  long rows, columns;
  const float *_Nullable a;
  long a_row, a_column;
  const long *_Nullable offsets;
  long kernel_rows, segments, segment_length;
  long top, stride, dilation, height;
  /// Panels one after another, each `[kernel_rows·segments][segment_length][width]`.
  const float *_Nullable b;
  /// Width of each panel in vectors.
  const unsigned char *_Nullable panels;
  long panel_count;
  /// Output channels: at most the sum of the panels' widths; columns beyond are computed but not stored.
  long n;
  float *_Nullable c;
  long c_row, c_column;
  /// Residual step between output rows.
  long residual_row;
  kerf_epilogue_f32 epilogue;
  /// Not 0: the output lies in memory or the last cache, and its lines are fetched before they are written (up to a third faster after short sums;
  /// where they are near already, up to 4 % slower).
  long announce;
} kerf_gemm_f32;

typedef enum { KERF_WINDOW_DEPTHWISE, KERF_WINDOW_MAX, KERF_WINDOW_SUM } kerf_window_op;

/// Rows of pixels, each reduced over a window of taps, channel by channel:
/// `y[j][c] = Σ or max over t, u of a[j·a_column + t·tap_row + u·tap_column + c] · w[(t·kernel_columns + u)·w_step + c]`
/// with `t` in `first_row..<last_row` and `u` in `first_column..<last_column`. `sum` multiplies by `scale`, `max` and `sum` read no weights.
/// Several `rows` (0 means 1) that reach the same taps may go together.
typedef struct {
  long rows, columns, channels;
  const float *_Nullable a;
  long a_row, a_column, tap_row, tap_column;
  long first_row, last_row, first_column, last_column, kernel_columns;
  /// Depthwise with three kernel columns and `a_column == tap_column` only: columns of zeros that the first and last pixels' windows reach
  /// left and right of the row (0 or 1 each); then `first_column` is 0 and `last_column` 3.
  long zeros_left, zeros_right;
  const float *_Nullable w;
  long w_step;
  float scale;
  float *_Nullable c;
  long c_row, c_column, residual_row;
  kerf_epilogue_f32 epilogue;
} kerf_window_f32;

/// Winograd's minimal filtering F(m, r) on a block of tiles: along an axis a tile reads α inputs and gives m = α − r + 1 outputs,
/// `y = Aᵀ[(G g) ⊙ (Bᵀ d)]` with the points 0, ±1 (α = 4), ±2 (α = 6), ±1/2 (α = 8), ±3/4 (α = 10) and infinity. Bᵀ depends on α, Aᵀ on
/// α and m: α = 10 serves F(8,3), F(6,5) and F(4,7), α = 8 F(6,3), F(4,5) and F(2,7), α = 6 F(4,3) and F(2,5), α = 4 F(2,3).
/// Equal alphas below 10: two axes; `column_alpha` 1: a kernel r×1; `row_alpha` 1: a kernel 1×r.
/// What does not fill a tile can go by a second call with a smaller α and `top`, `left`, `c` moved to where the first one ends.
/// The bits do not depend on how tiles are cut into blocks; a NaN or an infinity may spread over its tile.
/// A. Lavin, S. Gray, Fast Algorithms for Convolutional Neural Networks, CVPR 2016.
typedef struct {
  long row_alpha, column_alpha;
  /// m along each axis, 1 where α is 1.
  long row_outputs, column_outputs;
  /// Tiles `first..<first + count` in rows of `tile_columns`: tile t is (t / tile_columns, t % tile_columns).
  long first, count, tile_columns;
  /// Pixel (i, j) lies at `x + i·x_row + j·x_column`. Those outside `0..<height` × `0..<width` are zeros and not read, nor are rows that no tile reaches.
  const float *_Nullable x;
  long x_row, x_column, height, width;
  /// Tile (p, q) begins at input pixel (p·row_outputs − top, q·column_outputs − left).
  long top, left;
  long channels;
  /// At least `channels` zeros, rounded up to 16.
  const float *_Nullable zeros;
  /// Panels one after another, each `[row_alpha·column_alpha][channels][width]`, written by `kerf_pack_winograd_f32`.
  const float *_Nullable u;
  const unsigned char *_Nullable panels;
  long panel_count, n;
  /// Output pixel (i, j) at `c + i·c_row + j·c_column`; tiles that stick out of `out_height × out_width` are cut.
  float *_Nullable c;
  long c_row, c_column, out_height, out_width;
  /// Residual step between output rows.
  long residual_row;
  kerf_epilogue_f32 epilogue;
  /// `kerf_winograd_scratch` floats.
  float *_Nullable scratch;
  /// What `kerf_fft_roots` gives; of the Fourier transform alone.
  const float *_Nullable roots;
} kerf_winograd_f32;

/// A row of pixels under two depthwise factors, `kernel_rows`×1 then 1×`kernel_columns`, at stride 1 with nothing between them:
/// `y[j][c] = Σ_u h[u·w_step + c] · Σ_t v[t·w_step + c] · a[t·a_row + (j + u − left)·a_column + c]`, `t` in `first_row..<last_row`;
/// columns `j + u − left` outside `0..<width` count as zero and are not read.
typedef struct {
  long columns, channels, width, left;
  const float *_Nullable a;
  long a_row, a_column;
  /// Kernel columns: 3, 5 or 7.
  long kernel_rows, kernel_columns;
  long first_row, last_row;
  const float *_Nullable v, *_Nullable h;
  long w_step;
  float *_Nullable c;
  long c_column;
  kerf_epilogue_f32 epilogue;
} kerf_depthwise_pair_f32;

typedef enum { KERF_ADD, KERF_SUB, KERF_MUL, KERF_DIV, KERF_MAX, KERF_MIN } kerf_binary_op;

typedef enum {
  KERF_CLAMP,         // min(max(x, p), q)
  KERF_LEAKY,         // x < 0 ? p·x : x
  KERF_SIGMOID,       // 1 / (1 + e^-x)
  KERF_TANH,          // (1 - e^-2x) / (1 + e^-2x)
  KERF_HARD_SIGMOID,  // min(max(p·x + q, 0), 1)
  KERF_HARD_SWISH,    // x · min(max(x/6 + 1/2, 0), 1)
  KERF_ELU,           // x < 0 ? p·(e^x - 1) : x
  KERF_EXP,
  KERF_SQRT,
  KERF_ABS,
  KERF_NEG,
  KERF_SQUARE,
  KERF_AFFINE,        // p·x + q
} kerf_unary_op;

/// The kernels of one instruction set.
typedef struct {
  const char *name;
  /// Floats in a vector: panels are multiples of it.
  long lanes;
  /// Vectors in the widest panel (1, 2 or 3).
  long max_panel;
  /// Multiply-adds in a cycle that the tile shapes were chosen for; orders the estimates of costs.
  long multiply_adds;
  void (*gemm)(const kerf_gemm_f32 *);
  /// The same for at most three output channels, as dot products: `b` is `[n][kernel_rows·segments][segment_length]`, `panels` is not read.
  void (*narrow)(const kerf_gemm_f32 *);
  void (*window)(const kerf_window_f32 *, kerf_window_op);
  void (*winograd)(const kerf_winograd_f32 *);
  /// See `kerf_winograd_scratch`.
  long (*winograd_scratch)(long points, long count, long channels);
  /// The same by the real Fourier transform (overlap-save): tiles of `row_alpha × column_alpha` = 8, 16, 32 or 64 pixels along an axis, 1 along one
  /// that the kernel does not extend over; `u` written by `kerf_pack_fft_f32`, `zeros` not read, `scratch` of `fft_scratch` floats.
  void (*fft)(const kerf_winograd_f32 *);
  /// Floats of scratch for blocks of `count` tiles with `points` of `kerf_fft_points`.
  long (*fft_scratch)(long points, long count, long channels);
  /// The epilogue alone: `c[j·c_column + k]` from `sums[j·n + k]`, `k < n`.
  void (*finish)(const kerf_epilogue_f32 *, long columns, long n, const float *sums, float *c, long c_column);
  void (*depthwise_pair)(const kerf_depthwise_pair_f32 *);
  /// `y[i·y_row + j] = a[i·a_row + j·a_step] op b[i·b_row + j·b_step]`, steps 0 or 1. `y` may be `a` or `b`.
  void (*binary)(kerf_binary_op, long rows, long n, const float *a, long a_row, long a_step, const float *b, long b_row, long b_step, float *y, long y_row);
  /// `y[j] = f(x[j])`. `y` may be `x`.
  void (*unary)(kerf_unary_op, long n, const float *x, float *y, float p, float q);
  /// `y[i·y_row + j] = x[i·x_row + j]·scale[j] + shift[j]`; slope: `v < 0 ? v·slope[j] : v` where not NULL.
  void (*affine)(long rows, long n, const float *x, long x_row, const float *scale, const float *shift, const float *_Nullable slope, float *y, long y_row);
  /// `y[j·y_row + i] = x[i·x_row + j]` for `i < rows`, `j < columns`.
  void (*transpose)(long rows, long columns, const float *x, long x_row, float *y, long y_row);
  /// `y = e^(x - max x) / Σ`, one row.
  void (*softmax)(long n, const float *x, float *y);
  /// Makes multiply-adds on registers alone and says how many; the result only keeps them from being left out.
  float (*peak)(long rounds, long *multiply_adds);
} kerf_kernels;

/// The instruction sets that this machine runs, best first; the last is portable C. `KERF_ISA` does not change this list.
long kerf_kernels_count(void);
const kerf_kernels *_Nullable kerf_kernels_at(long index);
/// The best of them, or the best at or below the one named by `KERF_ISA` (avx512, avx2, neon, scalar).
const kerf_kernels *kerf_kernels_best(void);
/// The best byte kernels that the machine runs at or below a set of float kernels: a processor may lack the byte products of its set.
const kerf_kernels_u8 *kerf_kernels_u8_for(const kerf_kernels *);

/// A digest of 128 bits that finds chance differences between contents; it is no defence against contents made to meet.
///
/// Eight lanes of 64-bit words, `lane = high ^ low` of the 128 bits of `(lane ^ word) · odd`, mixed at the end by SplitMix64's finalizer: bound by memory, not by arithmetic.
typedef struct {
  uint64_t lanes[8];
  uint64_t length;
} kerf_digest;

void kerf_digest_start(kerf_digest *digest);
/// Every call but the last takes a multiple of 64 bytes.
void kerf_digest_add(kerf_digest *digest, const void *bytes, long count);
void kerf_digest_end(const kerf_digest *digest, uint64_t out[_Nonnull 2]);

/// `w [n][c][kh·kw]` → panels `[panel][kh·kw][c][width]`, columns beyond `n` zero, each column times `scale[n]` where that is not NULL.
void kerf_pack_f32(const float *w, long n, long c, long taps, long lanes, const unsigned char *panels, long panel_count, const float *_Nullable scale, float *out);

/// Floats of scratch that `winograd` needs for blocks of `count` tiles with `points = row_alpha·column_alpha`.
long kerf_winograd_scratch(const kerf_kernels *, long points, long count, long channels);

/// `w [n][c][kernel_rows·kernel_columns]` → panels `[panel][row_alpha·column_alpha][c][width]` of `G w Gᵀ`, computed in double; columns beyond `n`
/// zero, each column times `scale[n]` where that is not NULL.
void kerf_pack_winograd_f32(
    const float *w, long n, long c, long kernel_rows, long kernel_columns, long row_alpha, long column_alpha, long lanes,
    const unsigned char *panels, long panel_count, const float *_Nullable scale, float *out);

/// The patches of output rows `first..<last` as a matrix `[row·width + column][kernel_rows][kernel_columns][channels]`, zeros outside the image.
/// The window of output (i, j) begins at pixel (i·row_stride − before_rows, j·column_stride − before_columns).
typedef struct {
  const float *_Nullable x;
  long x_row, x_column, height, width, channels;
  long kernel_rows, kernel_columns, row_stride, column_stride, row_dilation, column_dilation, before_rows, before_columns;
  long out_width;
} kerf_patches_f32;

void kerf_im2col_f32(const kerf_patches_f32 *, long first, long last, float *out);

/// How many 64ths of a turn there are: the largest tile of the Fourier transform.
#define KERF_FFT_ROOTS 64

/// The roots of unity `e^(−2πi k/64)`, 64 pairs of floats, as the Fourier transforms read them.
void kerf_fft_roots(float *out);

/// Products that a tile of the Fourier transform takes for each input and output channel: one a real frequency, three a complex one.
long kerf_fft_points(long row_size, long column_size);

/// Taps of a kernel and their dilation, and the tile that they are transformed for; sizes 1 where there is one tap.
typedef struct {
  long rows, columns, row_dilation, column_dilation;
  long row_size, column_size;
} kerf_fft_kernel;

/// `w [n][c][rows·columns]` → panels `[panel][point][c][width]` of the spectra that `fft` multiplies by, divided by the tile's pixels, computed in double;
/// columns beyond `n` zero, each column times `scale[n]` where that is not NULL.
void kerf_pack_fft_f32(
    const float *w, long n, long c, const kerf_fft_kernel *kernel, long lanes, const unsigned char *panels, long panel_count,
    const float *_Nullable scale, float *out);

/// Tells the core that this is a waiting loop.
static inline void kerf_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

#pragma clang assume_nonnull end

#ifdef __cplusplus
}
#endif

#include "CKerfKernelsBF16.h"

#endif
