// Depthwise convolution and pooling of bytes.

static void NAME(window_u8)(const kerf_window_u8 *g, kerf_window_u8_op op) {
  const long size = g->epilogue.to_float ? 4 : 1;
  const kerf_epilogue_u8 *e = &g->epilogue;
  for (long i = 0; i < g->rows; i++)
    for (long j = 0; j < g->columns; j++)
      for (long c = 0; c < g->channels; c += LANES) {
        int32_t sums[LANES] = {0};
        uint8_t most[LANES] = {0};
        const long count = g->channels - c < LANES ? g->channels - c : LANES;
        for (long l = 0; l < count; l++) {
          if (op != KERF_WINDOW_U8_MAX && e->start) sums[l] = e->start[c + l];
          for (long t = 0; t < g->kernel_rows; t++)
            for (long u = 0; u < g->kernel_columns; u++) {
              const int in = t >= g->first_row && t < g->last_row && u >= g->first_column && u < g->last_column;
              if (!in && op != KERF_WINDOW_U8_DEPTHWISE) continue;
              const uint8_t x = in ? g->a[i * g->a_row + j * g->a_column + t * g->tap_row + u * g->tap_column + c + l] : g->pad;
              if (op == KERF_WINDOW_U8_DEPTHWISE) sums[l] += x * g->w[(t * g->kernel_columns + u) * g->w_step + c + l];
              else if (op == KERF_WINDOW_U8_SUM) sums[l] += x;
              else if (x > most[l]) most[l] = x;
            }
        }
        char *to = (char *)g->c + (i * g->c_row + j * g->c_column + c) * size;
        if (op == KERF_WINDOW_U8_MAX) {
          memcpy(to, most, (size_t)count);
          continue;
        }
        const char *residual = e->residual ? (const char *)e->residual + (i * g->residual_row + j * e->residual_step + c) * size : 0;
        const V slope = e->slope ? LOAD_PART(e->slope + c, count) : splat(0);
        NAME(finish)(1, e, load_int(sums), LOAD_PART(e->scale + c, count), LOAD_PART(e->bias + c, count), slope, residual, to, count);
      }
}
