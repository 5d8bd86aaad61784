#ifndef LOOKUP_VBMI_H
#define LOOKUP_VBMI_H

/// `y[j] = table[x[j]]` by permutations of bytes (AVX-512 VBMI), 64 at a time.
void kerf_lookup_vbmi(long n, const uint8_t *x, const uint8_t table[256], uint8_t *y);

#endif
