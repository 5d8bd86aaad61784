#include <string.h>

#include "CKerfKernels.h"

#define ODD 0x9E3779B97F4A7C15ull

static uint64_t rotated(uint64_t x, int by) { return x << by | x >> (64 - by); }

// The product's halves folded: unlike its low half alone, a change of the highest bit changes all of it.
static inline void take(uint64_t lanes[8], const unsigned char *bytes) {
  for (int i = 0; i < 8; i++) {
    uint64_t word;
    memcpy(&word, bytes + 8 * i, 8);
    unsigned __int128 product = (unsigned __int128)(lanes[i] ^ word) * ODD;
    lanes[i] = (uint64_t)product ^ (uint64_t)(product >> 64);
  }
}

void kerf_digest_start(kerf_digest *digest) {
  for (int i = 0; i < 8; i++) digest->lanes[i] = ODD * (uint64_t)(2 * i + 1);
  digest->length = 0;
}

void kerf_digest_add(kerf_digest *digest, const void *bytes, long count) {
  const unsigned char *at = bytes;
  uint64_t lanes[8];
  memcpy(lanes, digest->lanes, sizeof lanes);
  digest->length += (uint64_t)count;
  for (; count >= 64; count -= 64, at += 64) take(lanes, at);
  if (count > 0) {
    unsigned char last[64] = {0};
    memcpy(last, at, (size_t)count);
    take(lanes, last);
  }
  memcpy(digest->lanes, lanes, sizeof lanes);
}

void kerf_digest_end(const kerf_digest *digest, uint64_t out[2]) {
  for (int half = 0; half < 2; half++) {
    uint64_t sum = digest->length * ODD ^ (uint64_t)half;
    for (int i = 0; i < 8; i++) {
      uint64_t x = digest->lanes[half ? 7 - i : i] + (uint64_t)half;
      // The finalizer of SplitMix64: every bit of x reaches every bit of the result.
      x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9ull;
      x = (x ^ x >> 27) * 0x94D049BB133111EBull;
      x ^= x >> 31;
      sum = (rotated(sum, 23) ^ x) * ODD;
    }
    out[half] = sum ^ sum >> 32;
  }
}
