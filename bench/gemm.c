// OpenBLAS on one thread, for bench/gemm.ts:
// cc -O2 gemm.c -o gemm -lopenblas
// Reads lines "form b m n k count", writes the nanoseconds that took.
#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

int main(void) {
  const size_t size = 1 << 22;
  float *x[3];
  for (int i = 0; i < 3; i++) {
    x[i] = aligned_alloc(64, size * sizeof(float));
    for (size_t j = 0; j < size; j++) x[i][j] = (rand() % 1000) / 500.f - 1;
  }
  char form[3];
  int b, m, n, k, count;
  while (scanf("%2s %d %d %d %d %d", form, &b, &m, &n, &k, &count) == 6) {
    int ta = form[0] == 't', tb = form[1] == 't';
    double start = now();
    for (int i = 0; i < count; i++) {
      for (int j = 0; j < b; j++) {
        cblas_sgemm(CblasRowMajor, ta ? CblasTrans : CblasNoTrans,
            tb ? CblasTrans : CblasNoTrans, m, n, k, 1, x[0] + j * m * k,
            ta ? m : k, x[1] + j * k * n, tb ? k : n, 0, x[2] + j * m * n, n);
      }
    }
    printf("%.0f\n", now() - start);
    fflush(stdout);
  }
}
