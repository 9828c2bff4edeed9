// AdamW over n elements, for bench/elementwise.ts:
// cc -O3 -mavx2 -mfma -ffast-math elementwise.c -o elementwise -lm
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

__attribute__((noinline)) static void adamw(int n, float *restrict w,
    float *restrict m, float *restrict v, const float *restrict g, float c1,
    float c2) {
  for (int i = 0; i < n; i++) {
    m[i] = 0.9f * m[i] + 0.1f * g[i];
    v[i] = 0.999f * v[i] + 0.001f * (g[i] * g[i]);
    float step = (m[i] / c1) / (sqrtf(v[i] / c2) + 1e-8f);
    w[i] = w[i] - 1e-3f * (step + 1e-4f * w[i]);
  }
}

int main(int argc, char **argv) {
  int n = argc > 1 ? atoi(argv[1]) : 401408;
  float *x[4];
  for (int j = 0; j < 4; j++) {
    x[j] = aligned_alloc(64, 4 * n);
    for (int i = 0; i < n; i++) x[j][i] = (i * 2654435761u % 1000) / 1000.0f;
  }
  double best = 1e30;
  for (int r = 0; r < 60; r++) {
    double start = now();
    adamw(n, x[0], x[1], x[2], x[3], 0.5f, 0.25f);
    double spent = now() - start;
    if (spent < best) best = spent;
  }
  printf("%g\n", best / n);
  return 0;
}
