#include "CKerfKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#include "lookup_vbmi.h"

// Byte permutations look up 128 entries in two registers; bit 7 of the index chooses between the table's halves.
__attribute__((target("avx512f,avx512bw,avx512vbmi"))) void kerf_lookup_vbmi(long n, const uint8_t *x, const uint8_t table[256], uint8_t *y) {
  const __m512i t0 = _mm512_loadu_si512(table), t1 = _mm512_loadu_si512(table + 64), t2 = _mm512_loadu_si512(table + 128), t3 = _mm512_loadu_si512(table + 192);
  for (long j = 0; j < n; j += 64) {
    const __mmask64 inside = n - j < 64 ? (1ull << (n - j)) - 1 : ~0ull;
    const __m512i i = _mm512_maskz_loadu_epi8(inside, x + j);
    const __m512i low = _mm512_permutex2var_epi8(t0, i, t1), high = _mm512_permutex2var_epi8(t2, i, t3);
    const __m512i found = _mm512_mask_blend_epi8(_mm512_movepi8_mask(i), low, high);
    if (n - j < 64) _mm512_mask_storeu_epi8(y + j, inside, found);
    else _mm512_storeu_si512(y + j, found);
  }
}
#endif
