/** ml-matrix: matrices of doubles in plain JavaScript; the product only. */
import type { Peer } from "../lib/types.ts";

/** The one variant: f64. */
export async function open(): Promise<Peer> {
  const { Matrix } = await import("ml-matrix");
  return {
    info: "pure JS float64, matmul only",
    matmul: (n, a, b) => {
      const x = Matrix.from1DArray(n, n, a);
      const y = Matrix.from1DArray(n, n, b);
      let c = x;
      return {
        run: () => {
          c = x.mmul(y);
        },
        result: () => Float32Array.from(c.to1DArray()),
      };
    },
  };
}
