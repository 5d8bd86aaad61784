#include "check.h"

// Elementwise kernels against the C library in double; every vector tail, both ends guarded.

static double binary(kerf_binary_op op, double a, double b) {
  switch (op) {
    case KERF_ADD: return a + b;
    case KERF_SUB: return a - b;
    case KERF_MUL: return a * b;
    case KERF_DIV: return a / b;
    case KERF_MAX: return fmax(a, b);
    case KERF_MIN: return fmin(a, b);
  }
  return NAN;
}

static double unary(kerf_unary_op op, double x, double p, double q) {
  switch (op) {
    case KERF_CLAMP: return fmin(fmax(x, p), q);
    case KERF_LEAKY: return x < 0 ? p * x : x;
    case KERF_SIGMOID: return 1 / (1 + exp(-x));
    case KERF_TANH: return tanh(x);
    case KERF_HARD_SIGMOID: return fmin(fmax(p * x + q, 0), 1);
    case KERF_HARD_SWISH: return x * fmin(fmax(x / 6 + 0.5, 0), 1);
    case KERF_ELU: return x < 0 ? p * (exp(x) - 1) : x;
    case KERF_EXP: return exp(x);
    case KERF_SQRT: return sqrt(x);
    case KERF_ABS: return fabs(x);
    case KERF_NEG: return -x;
    case KERF_SQUARE: return x * x;
    case KERF_AFFINE: return p * x + q;
  }
  return NAN;
}

void check_elementwise(const kerf_kernels *k) {
  reseed(11);
  for (long n = 1; n < 40; n++) {
    const int behind = n & 1;
    float *a = guarded(n, behind), *b = guarded(n, behind), *y = guarded(n, behind), *shift = guarded(n, behind);
    for (kerf_binary_op op = KERF_ADD; op <= KERF_MIN; op++)
      for (long step = 0; step < 2; step++) {
        k->binary(op, 1, n, a, 0, 1, b, 0, step, y, 0);
        for (long j = 0; j < n; j++) {
          double wanted = binary(op, a[j], b[j * step]);
          expect_near(y[j], wanted, 0x1p-23 * fabs(wanted), "%s binary %d of %ld at %ld", k->name, op, n, j);
        }
      }
    for (kerf_unary_op op = KERF_CLAMP; op <= KERF_AFFINE; op++) {
      k->unary(op, n, a, y, 0.25f, 0.5f);
      for (long j = 0; j < n; j++) {
        double wanted = unary(op, a[j], 0.25, 0.5);
        expect_near(y[j], wanted, 4e-7 * (1 + fabs(wanted)), "%s unary %d of %ld at %ld", k->name, op, n, j);
      }
    }
    k->affine(1, n, a, n, b, shift, NULL, y, n);
    for (long j = 0; j < n; j++) expect_near(y[j], (double)a[j] * b[j] + shift[j], 0x1p-22, "%s affine of %ld at %ld", k->name, n, j);
    k->softmax(n, a, y);
    double total = 0;
    for (long j = 0; j < n; j++) total += exp(a[j]);
    for (long j = 0; j < n; j++) expect_near(y[j], exp(a[j]) / total, 1e-6, "%s softmax of %ld at %ld", k->name, n, j);
    for (long rows = 1; rows < 20; rows += 6) {
      float *from = guarded(rows * n, behind), *to = guarded(rows * n, behind);
      k->transpose(rows, n, from, n, to, rows);
      for (long j = 0; j < rows * n; j++) expect_near(to[j], from[j % rows * n + j / rows], 0, "%s transpose %ldx%ld at %ld", k->name, rows, n, j);
    }
    forget();
  }
}
