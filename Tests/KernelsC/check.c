#include "check.h"

#include <stdarg.h>
#include <sys/mman.h>
#include <unistd.h>

long comparisons, failures;
static unsigned long state = 1;

void reseed(unsigned long seed) { state = seed; }

static unsigned long next(void) {
  unsigned long z = (state += 0x9e3779b97f4a7c15ul);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ul;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebul;
  return z ^ (z >> 31);
}

float noise(void) { return (float)((long)next() >> 40) / (1 << 23); }
long draw(long low, long high) { return low + (long)(next() % (unsigned long)(high - low + 1)); }

static struct {
  void *base;
  size_t bytes;
} maps[64];
static int map_count;

void *guarded_bytes(long count, int behind) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE), inner = ((count ? count : 1) + page - 1) / page * page;
  char *base = mmap(NULL, inner + 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED || map_count == 64) {
    fprintf(stderr, "cannot map %zu bytes (%d maps held)\n", inner, map_count);
    exit(2);
  }
  mprotect(base, page, PROT_NONE);
  mprotect(base + page + inner, page, PROT_NONE);
  maps[map_count].base = base;
  maps[map_count++].bytes = inner + 2 * page;
  return base + page + (behind ? inner - count : 0);
}

float *guarded_zeros(long count, int behind) { return guarded_bytes(count * (long)sizeof(float), behind); }

float *guarded(long count, int behind) {
  float *p = guarded_zeros(count, behind);
  for (long i = 0; i < count; i++) p[i] = noise();
  return p;
}

float *guarded_copy(const float *from, long count, int behind) {
  float *p = guarded_zeros(count, behind);
  memcpy(p, from, count * sizeof(float));
  return p;
}

void forget(void) {
  while (map_count) {
    map_count--;
    munmap(maps[map_count].base, maps[map_count].bytes);
  }
}

void expect_same(const void *found, const void *wanted, int is_float, const char *what, ...) {
  comparisons++;
  float f = 0, w = 0;
  if (is_float) memcpy(&f, found, 4), memcpy(&w, wanted, 4);
  else f = *(const unsigned char *)found, w = *(const unsigned char *)wanted;
  if (!memcmp(&f, &w, 4) || (isnan(f) && isnan(w))) return;
  if (failures++ < 20) {
    va_list arguments;
    va_start(arguments, what);
    vfprintf(stderr, what, arguments);
    va_end(arguments);
    fprintf(stderr, ": found %.9g, wanted %.9g\n", f, w);
  }
}

void expect_near(float found, double wanted, double tolerance, const char *what, ...) {
  comparisons++;
  if (fabs(found - wanted) <= tolerance || (isnan(found) && isnan(wanted)) || found == wanted) return;
  if (failures++ < 20) {
    va_list arguments;
    va_start(arguments, what);
    vfprintf(stderr, what, arguments);
    va_end(arguments);
    fprintf(stderr, ": found %.9g, wanted %.9g ± %.3g\n", found, wanted, tolerance);
  }
}

static long panels_of(long lanes, long max_panel, long n, unsigned char out[256], long *width) {
  long units = (n + lanes - 1) / lanes, count = 0;
  *width = units * lanes;
  if (units % 2 == 1 && units > 1 && max_panel >= 3) {
    out[count++] = 3;
    units -= 3;
  }
  for (; units >= 2; units -= 2) out[count++] = 2;
  if (units) out[count++] = 1;
  return count;
}

long panels_for(const kerf_kernels *k, long n, unsigned char out[256], long *width) { return panels_of(k->lanes, k->max_panel, n, out, width); }
long panels_for_u8(const kerf_kernels_u8 *k, long n, unsigned char out[256], long *width) { return panels_of(k->lanes, k->max_panel, n, out, width); }

int main(int argc, char **argv) {
  for (long i = 0; i < kerf_kernels_count(); i++) {
    const kerf_kernels *k = kerf_kernels_at(i);
    if (argc > 1 && strcmp(argv[1], k->name)) continue;
    comparisons = 0;
    check_gemm(k);
    check_window(k);
    check_depthwise_pair(k);
    check_winograd(k);
    check_fft(k);
    check_elementwise(k);
    printf("%s: %ld comparisons\n", k->name, comparisons);
    const kerf_kernels_bf16 *half = kerf_kernels_bf16_for(k);
    if (!half) continue;
    comparisons = 0;
    check_gemm_bf16(k, half);
    printf("%s: %ld comparisons\n", half->name, comparisons);
  }
  for (long i = 0; i < kerf_kernels_u8_count(); i++) {
    const kerf_kernels_u8 *k = kerf_kernels_u8_at(i);
    if (argc > 1 && strcmp(argv[1], k->name)) continue;
    comparisons = 0;
    check_gemm_u8(k);
    check_window_u8(k);
    check_elementwise_u8(k);
    printf("%s, bytes: %ld comparisons\n", k->name, comparisons);
  }
  if (failures) printf("%ld failures\n", failures);
  return failures != 0;
}
