// The way out of Winograd's domain: inverse transform, bias, residual, activation, and the cut of tiles that stick out.

/// Where the outputs of a tile go: `rows` times `columns` pixels, the first `n` channels of a panel.
typedef struct {
  float *c;
  long row, column, rows, columns, n;
  const float *residual;
  long residual_row, residual_column;
  const float *bias, *slope;
  float low, high;
} NAME(winograd_target);

/// The last axis: rows of sums `t[row·t_row + point·stride]`, `NV` vectors each, become pixels along `column`.
INLINE void NAME(winograd_finish)(
    const int ALPHA, const int M, const float *t, long t_row, long stride, long vectors, const NAME(winograd_target) *to, long channel) {
  V low = splat(to->low), high = splat(to->high);
  for (long v = 0; v < vectors; v++, t += LANES, channel += LANES) {
    const long count = to->n - channel;
    if (count <= 0) break;
    V bias = load(to->bias + channel), slope = to->slope ? load(to->slope + channel) : low;
    for (long i = 0; i < to->rows; i++) {
      V m[8], y[6];
      UNROLL for (int q = 0; q < ALPHA; q++) m[q] = load(t + i * t_row + q * stride);
      NAME(output_transform)(ALPHA, M, m, y);
      UNROLL for (int j = 0; j < M; j++) y[j] += bias;
      float *c = to->c + i * to->row + channel;
      const float *r = to->residual + i * to->residual_row + channel;
      UNROLL for (int j = 0; j < M; j++) {
        if (j >= to->columns) break;
        if (to->residual) y[j] += count < LANES ? LOAD_PART(r + j * to->residual_column, count) : load(r + j * to->residual_column);
        y[j] = to->slope ? (y[j] < 0 ? y[j] * slope : y[j]) : clamp(y[j], low, high);
        if (count < LANES) STORE_PART(c + j * to->column, y[j], count);
        else store(c + j * to->column, y[j]);
      }
    }
  }
}

/// The first of two axes: `out[i·ALPHA + j] = Σ_q A[q][i] · t[(q·ALPHA + j)·stride]`, one vector each.
INLINE void NAME(winograd_rows)(const int ALPHA, const int M, const float *t, long stride, float *out) {
  UNROLL for (int j = 0; j < ALPHA; j++) {
    V m[8], y[6];
    UNROLL for (int q = 0; q < ALPHA; q++) m[q] = load(t + (q * ALPHA + j) * stride);
    NAME(output_transform)(ALPHA, M, m, y);
    UNROLL for (int i = 0; i < M; i++) store(out + (i * ALPHA + j) * LANES, y[i]);
  }
}

typedef void (*NAME(winograd_finish_function))(
    const float *t, long t_row, long stride, long vectors, const NAME(winograd_target) *to, long channel);
typedef void (*NAME(winograd_rows_function))(const float *t, long stride, float *out);

// α and m of F(2,3), F(2,5), F(4,3), F(2,7), F(4,5), F(6,3).
#define WINOGRAD_FORMS(F) F(4, 2) F(6, 2) F(6, 4) F(8, 2) F(8, 4) F(8, 6)
#define WINOGRAD_NAME_(stem, alpha, m, isa) winograd_##stem##_f32_##alpha##_##m##_##isa
#define WINOGRAD_NAME(stem, alpha, m, isa) WINOGRAD_NAME_(stem, alpha, m, isa)
#define DEFINE_WINOGRAD(ALPHA, M) \
  static void WINOGRAD_NAME(finish, ALPHA, M, KERF_ISA_NAME)( \
      const float *t, long t_row, long stride, long vectors, const NAME(winograd_target) *to, long channel) { \
    NAME(winograd_finish)(ALPHA, M, t, t_row, stride, vectors, to, channel); \
  } \
  static void WINOGRAD_NAME(rows, ALPHA, M, KERF_ISA_NAME)(const float *t, long stride, float *out) { \
    NAME(winograd_rows)(ALPHA, M, t, stride, out); \
  }
WINOGRAD_FORMS(DEFINE_WINOGRAD)
#define LIST_FINISH(ALPHA, M) [ALPHA][M] = WINOGRAD_NAME(finish, ALPHA, M, KERF_ISA_NAME),
#define LIST_ROWS(ALPHA, M) [ALPHA][M] = WINOGRAD_NAME(rows, ALPHA, M, KERF_ISA_NAME),
static const NAME(winograd_finish_function) NAME(winograd_finishes)[9][7] = {WINOGRAD_FORMS(LIST_FINISH)};
static const NAME(winograd_rows_function) NAME(winograd_first_axis)[9][7] = {WINOGRAD_FORMS(LIST_ROWS)};
