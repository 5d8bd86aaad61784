// The machine's peak: multiply-adds on registers alone, enough of them at a time to hide their latency.

static float NAME(peak_f32)(long rounds, long *multiply_adds) {
  V acc[12];
  UNROLL for (int i = 0; i < 12; i++) acc[i] = splat((float)i);
  V x = splat(0.999f), y = splat(1e-3f);
  for (long r = 0; r < rounds; r++) {
    UNROLL for (int i = 0; i < 12; i++) acc[i] = acc[i] * x + y;
    // Keeps the compiler from taking rounds together.
    __asm__ volatile("" : "+m"(x));
  }
  *multiply_adds = rounds * 12 * LANES;
  V sum = acc[0];
  UNROLL for (int i = 1; i < 12; i++) sum += acc[i];
  return NAME(total)(sum);
}
