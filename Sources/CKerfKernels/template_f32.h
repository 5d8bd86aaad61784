// The float32 kernels of one instruction set, written once over the compiler's vectors. The including file defines
// KERF_ISA_NAME, LANES, MAX_MR, MAX_NV, TILES (the microkernels), TILE_ROWS (rows of the tallest tile by panel width),
// WINDOW_PIXELS, and LOAD_PART/STORE_PART where the instruction set has masks.

#include "vectors_f32.h"

// Ends a step whose results are in `memory`: mixed with the next one, the steps' values would not fit into the registers.
#define STEP_ENDS(memory) __asm__ volatile("" : : "r"(memory) : "memory")

#define MULTIPLY_ADD(x, w, sum) ((x) * (w) + (sum))
#include "gemm_f32.h"
#include "gemm_raw_f32.h"
#include "narrow_f32.h"
#include "window_f32.h"
#include "depthwise_pair_f32.h"
#include "winograd_transform_f32.h"
#include "winograd_output_f32.h"
#include "winograd_f32.h"
#include "finish_f32.h"
#include "fft_f32.h"
#include "elementwise_f32.h"
#include "peak_f32.h"

const kerf_kernels NAME(kerf_kernels) = {
    .name = KERF_STRING(KERF_ISA_NAME),
    .lanes = LANES,
    .max_panel = MAX_NV,
    .multiply_adds = MULTIPLY_ADDS,
    .gemm = NAME(gemm_f32),
    .narrow = NAME(narrow_f32),
    .window = NAME(window_f32),
    .winograd = NAME(winograd_f32),
    .winograd_scratch = NAME(winograd_scratch),
    .fft = NAME(fft_f32),
    .fft_scratch = NAME(fft_scratch),
    .finish = NAME(finish_f32),
    .depthwise_pair = NAME(depthwise_pair_f32),
    .binary = NAME(binary_f32),
    .unary = NAME(unary_f32),
    .affine = NAME(affine_f32),
    .transpose = NAME(transpose_f32),
    .softmax = NAME(softmax_f32),
    .peak = NAME(peak_f32),
};
