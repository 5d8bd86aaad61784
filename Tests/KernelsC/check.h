#ifndef CHECK_H
#define CHECK_H

// What every check of the C kernels needs: noise, memory that ends at a page which may not be touched, and a verdict.

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "CKerfKernels.h"

/// Repeatable numbers in −1…1 (SplitMix64).
float noise(void);
void reseed(unsigned long seed);
/// A number in `low...high`.
long draw(long low, long high);

/// Floats that end right before a page that may not be touched, or start right behind one; filled with noise. Freed by `forget`.
float *guarded(long count, int behind);
float *guarded_copy(const float *from, long count, int behind);
/// Zeros with guards.
float *guarded_zeros(long count, int behind);
/// Bytes with guards: zeros.
void *guarded_bytes(long count, int behind);
void forget(void);

/// Counts a comparison; prints the first failures with `what`.
void expect_near(float found, double wanted, double tolerance, const char *what, ...) __attribute__((format(printf, 4, 5)));
/// The same to the bit, of two floats or two bytes; any NaN is like any other.
void expect_same(const void *found, const void *wanted, int is_float, const char *what, ...) __attribute__((format(printf, 4, 5)));
extern long comparisons, failures;

/// Widths of the panels for `n` columns as the engine chooses them; returns how many.
long panels_for(const kerf_kernels *, long n, unsigned char out[256], long *width);
long panels_for_u8(const kerf_kernels_u8 *, long n, unsigned char out[256], long *width);

/// What the header says becomes of the sum of column `n`; writes one element. `residual` points at its element or is NULL.
void finished_u8(const kerf_epilogue_u8 *, long n, int32_t sum, const void *residual, void *out);
/// Fills with levels: 0 any, 1 the lowest, 2 the highest, 3 the lowest or the highest.
void levels(uint8_t *x, long count, int kind);
void weights(int8_t *w, long count, int kind);

void check_gemm_u8(const kerf_kernels_u8 *);
void check_window_u8(const kerf_kernels_u8 *);
void check_elementwise_u8(const kerf_kernels_u8 *);

void check_gemm_bf16(const kerf_kernels *, const kerf_kernels_bf16 *);

void check_gemm(const kerf_kernels *);
void check_window(const kerf_kernels *);
void check_depthwise_pair(const kerf_kernels *);
void check_winograd(const kerf_kernels *);
void check_fft(const kerf_kernels *);
void check_elementwise(const kerf_kernels *);

#endif
