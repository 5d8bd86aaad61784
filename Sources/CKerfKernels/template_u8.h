// The byte kernels of one instruction set, written once over the compiler's vectors. The including file defines KERF_ISA_NAME,
// LANES (32-bit sums in a vector), MAX_MR, MAX_NV, MULTIPLY_ADDS, TILES, TILE_ROWS, and after including `vectors_u8.h`:
//
// - `WEIGHTS`, `PIXEL`: four weights of each column and four bytes of a pixel as the products want them, made by `weights_of(p)` and `pixel_of(p)`;
//   `dot(sums, pixel, weights)` adds the products of u8 and s8, exactly. Where `WEIGHT_SUMS(sums, weights)` is defined, a pixel's bytes are less 128, and it
//   adds the weights times −128; `LEVEL_SHIFT` is what a tap's bytes are less.
// - `TAPS`: `4·LANES` channels of four taps, made by `taps_of(x0, x1, x2, x3)`; `store_taps(p, w0, w1, w2, w3)` lays weights out for
//   `dot_taps(sums, taps, p)`, which adds to the four vectors of sums; `TAP_CHANNEL(i)`: the channel that element `i` of these sums belongs to.
// - `rounded(v)`: whole numbers, halves to even, of values below 2³¹ (at least, where a byte follows, on the right side of 0…255); `narrow(a, b, c, d)`: bytes saturated to 0…255 in order, `narrow_taps` in that of
//   the channels of the four vectors of sums.
// - `SLIDE_PIXELS`, where interleaving taps pays: `HALF_TAPS`, made by `half_taps_of(half, x0, x1, x2, x3)`, two of the four vectors; `dot_half_taps`; `WORDS`, two
//   vectors of sums in 16 bits, made by `words_of(a, b)`, and `bytes_of_words(x, y)`, in the order of `narrow_taps`.
// - `NARROW`, where `dot` takes bytes as they lie in memory.
// - `WINDOW_ROWS`, where few channels of several rows share vectors: `load_rows(rows, p, at, count)` and `store_rows`.

// The statement says where a multiplication and an addition are rounded together.
#pragma STDC FP_CONTRACT OFF

#ifndef WINDOW_ROWS
#define WINDOW_ROWS 1
#define load_rows(rows, p, at, count) load_bytes4((p) + (at)[0] + (count))
#define store_rows(rows, p, at, v, count) (void)((rows) + (at)[0])
#endif

#include "epilogue_u8.h"
#include "gemm_u8.h"
#include "window_u8.h"
#include "elementwise_u8.h"

const kerf_kernels_u8 NAME(kerf_kernels_u8) = {
    .name = KERF_STRING(KERF_ISA_NAME),
    .lanes = LANES,
    .max_panel = MAX_NV,
    .multiply_adds = MULTIPLY_ADDS,
    .gemm = NAME(gemm_u8),
    .window = NAME(window_u8),
    .lookup = NAME(lookup_u8),
    .quantize = NAME(quantize_u8),
    .dequantize = NAME(dequantize_u8),
    .add = NAME(add_u8),
    .multiply = NAME(multiply_u8),
    .peak = NAME(peak_u8),
};
