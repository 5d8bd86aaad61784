#include <math.h>

#include "CKerfKernels.h"

// The Fourier transform's weights, once at load, in double.

static const double pi = 3.14159265358979323846;

void kerf_fft_roots(float *out) {
  for (long k = 0; k < KERF_FFT_ROOTS; k++) {
    out[2 * k] = (float)cos(2 * pi * k / KERF_FFT_ROOTS);
    out[2 * k + 1] = (float)-sin(2 * pi * k / KERF_FFT_ROOTS);
  }
}

long kerf_fft_points(long row_size, long column_size) {
  return row_size == 1 || column_size == 1 ? row_size * column_size * 3 / 2 - 1 : row_size * column_size * 3 / 2 - 2;
}

typedef struct {
  double re, im;
} complex64;

/// `e^(2πi a/size)`: a correlation multiplies by the conjugate of the kernel's spectrum.
static complex64 root(long a, long size) {
  const double angle = 2 * pi * (double)(a % size) / (double)size;
  return (complex64){cos(angle), sin(angle)};
}

static complex64 add_product(complex64 sum, complex64 a, complex64 b) {
  return (complex64){sum.re + a.re * b.re - a.im * b.im, sum.im + a.re * b.im + a.im * b.re};
}

/// Where points go: one float a point.
typedef struct {
  float *next;
  long step;
} points;

static void put_real(points *p, double x) {
  *p->next = (float)x;
  p->next += p->step;
}

static void put(points *p, complex64 w) {
  put_real(p, w.re);
  put_real(p, w.im - w.re);
  put_real(p, w.re + w.im);
}

void kerf_pack_fft_f32(
    const float *w, long n, long c, const kerf_fft_kernel *kernel, long lanes, const unsigned char *panels, long panel_count, const float *scale,
    float *out) {
  // Along one axis: a kernel of one row.
  const long flat = kernel->row_size == 1 || kernel->column_size == 1, vertical = kernel->column_size == 1;
  const long rows = flat ? 1 : kernel->rows, columns = vertical ? kernel->rows : kernel->columns;
  const long row_size = flat ? 1 : kernel->row_size, size = vertical ? kernel->row_size : kernel->column_size;
  const long row_dilation = kernel->row_dilation, column_dilation = vertical ? kernel->row_dilation : kernel->column_dilation;
  const long taps = rows * columns, count = kerf_fft_points(row_size, size);
  complex64 along[KERF_FFT_ROOTS], down[KERF_FFT_ROOTS];
  for (long k = 0; k < size; k++) along[k] = root(k, size);
  for (long k = 0; k < row_size; k++) down[k] = root(k, row_size);
  long first = 0;
  for (long p = 0; p < panel_count; p++) {
    const long width = panels[p] * lanes;
    for (long k = 0; k < c; k++)
      for (long j = 0; j < width; j++) {
        const long column = first + j;
        points to = {out + k * width + j, c * width};
        if (column >= n) {
          for (long q = 0; q < count; q++) put_real(&to, 0);
          continue;
        }
        const float *taps_of = w + (column * c + k) * taps;
        const double factor = (scale ? scale[column] : 1) / (double)(row_size * size);
        // Kernel rows transformed: `half[q][t]`, frequencies 0 and size/2 being real.
        complex64 half[KERF_FFT_ROOTS / 2 + 1][KERF_FFT_ROOTS];
        for (long q = 0; q <= size / 2; q++)
          for (long t = 0; t < rows; t++) {
            complex64 sum = {0, 0};
            for (long u = 0; u < columns; u++)
              sum = add_product(sum, (complex64){factor * taps_of[t * columns + u], 0}, along[q * u * column_dilation % size]);
            half[q][t] = sum;
          }
#define AT(q, i, name) \
  complex64 name = {0, 0}; \
  for (long t = 0; t < rows; t++) name = add_product(name, half[q][t], down[(i) * t * row_dilation % row_size])
        if (row_size == 1) {
          put_real(&to, half[0][0].re);
          put_real(&to, half[size / 2][0].re);
          for (long q = 1; q < size / 2; q++) put(&to, half[q][0]);
          continue;
        }
        for (long i = 0; i <= row_size / 2; i += row_size / 2) {
          AT(0, i, a);
          AT(size / 2, i, b);
          put_real(&to, a.re);
          put_real(&to, b.re);
        }
        for (long i = 1; i < row_size / 2; i++) {
          AT(0, i, a);
          AT(size / 2, i, b);
          put(&to, a);
          put(&to, b);
        }
        for (long q = 1; q < size / 2; q++)
          for (long i = 0; i < row_size; i++) {
            AT(q, i, a);
            put(&to, a);
          }
#undef AT
      }
    out += count * c * width;
    first += width;
  }
}
