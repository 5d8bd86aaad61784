#include "CKerfKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>

// Processors with the byte products of AVX-512 in vectors of 256 bits only.
#define KERF_ISA_NAME avxvnni
#define LANES 8
#define MAX_MR 12
#define MAX_NV 2
#define MULTIPLY_ADDS 64
#define NARROW
#define WINDOW_PIXELS 2
#define SLIDE_PIXELS 4
#define WINDOW_SLIDES(S) S(3, 1) S(5, 1) S(7, 1) S(3, 2) S(5, 2)
#define TILES(T) \
  T(1, 1) T(2, 1) T(3, 1) T(4, 1) T(5, 1) T(6, 1) T(7, 1) T(8, 1) T(9, 1) T(10, 1) T(11, 1) T(12, 1) \
  T(1, 2) T(2, 2) T(3, 2) T(4, 2) T(5, 2) T(6, 2)
#define TILE_ROWS {0, 12, 6}
#pragma clang attribute push(__attribute__((target("avx2,fma,avxvnni"), no_sanitize("address"))), apply_to = function)
#include "vectors_u8.h"

#define WEIGHTS VI
#define PIXEL VI
#define weights_of(p) load_int(p)
#define pixel_bytes(x) ((VI)(x))
INLINE VI pixel_of(const uint8_t *p) {
  int four;
  memcpy(&four, p, 4);
  return (VI)_mm256_set1_epi32(four);
}
#define dot(sums, x, w) ((VI)_mm256_dpbusd_avx_epi32((__m256i)(sums), (__m256i)(x), (__m256i)(w)))
#define APART(x, bytes) __asm__ volatile("" : "+x"(x))

#include "avx_u8.h"
#include "template_u8.h"
#pragma clang attribute pop
#endif
