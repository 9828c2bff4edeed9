/**
 * No library: Float32Array, gradients derived by hand, one thread. Variant
 * `naive` computes the first layer in every energy, as the tutorial executes
 * it; `dedup` computes it and the first inference forward once.
 */
import type {
  Batch,
  Floats,
  Layer,
  Peer,
  Trainer,
  Workload,
} from "../lib/types.ts";

/** C[m,n] (+)= A[m,k] @ B[k,n], row-major, 2 rows of A x 4 of k at a time. */
function gemm(
  m: number,
  n: number,
  k: number,
  A: Floats,
  B: Floats,
  C: Floats,
  accumulate = false,
): void {
  if (!accumulate) C.fill(0);
  let i = 0;
  for (; i + 1 < m; i += 2) {
    const c0 = i * n, c1 = c0 + n;
    const a0 = i * k, a1 = a0 + k;
    let p = 0;
    for (; p + 3 < k; p += 4) {
      const b0 = p * n, b1 = b0 + n, b2 = b1 + n, b3 = b2 + n;
      const x00 = A[a0 + p],
        x01 = A[a0 + p + 1],
        x02 = A[a0 + p + 2],
        x03 = A[a0 + p + 3];
      const x10 = A[a1 + p],
        x11 = A[a1 + p + 1],
        x12 = A[a1 + p + 2],
        x13 = A[a1 + p + 3];
      for (let j = 0; j < n; j++) {
        const y0 = B[b0 + j], y1 = B[b1 + j], y2 = B[b2 + j], y3 = B[b3 + j];
        C[c0 + j] += x00 * y0 + x01 * y1 + x02 * y2 + x03 * y3;
        C[c1 + j] += x10 * y0 + x11 * y1 + x12 * y2 + x13 * y3;
      }
    }
    for (; p < k; p++) {
      const x0 = A[a0 + p], x1 = A[a1 + p];
      for (let j = 0, b = p * n; j < n; j++, b++) {
        C[c0 + j] += x0 * B[b];
        C[c1 + j] += x1 * B[b];
      }
    }
  }
  for (; i < m; i++) {
    for (let p = 0; p < k; p++) {
      const x = A[i * k + p];
      for (let j = 0, b = p * n, c = i * n; j < n; j++, b++, c++) {
        C[c] += x * B[b];
      }
    }
  }
}

function transpose(m: number, n: number, A: Floats, out: Floats): void {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) out[j * m + i] = A[i * n + j];
  }
}

class PlainTrainer implements Trainer {
  readonly #w: Workload;
  readonly #dedup: boolean;
  readonly #L: number;
  /** Weights as [in, out], what the forward product wants. */
  readonly #W: Floats[];
  /** Weights as [out, in], refreshed once per train step. */
  readonly #Wt: Floats[];
  readonly #b: Floats[];
  /** AdamW moments. */
  readonly #mW: Floats[];
  readonly #vW: Floats[];
  readonly #mb: Floats[];
  readonly #vb: Floats[];
  /** Predictions, errors dE/dpre, states, and their gradients. */
  readonly #u: Floats[];
  readonly #d: Floats[];
  readonly #h: Floats[];
  readonly #gh: Floats[];
  readonly #gW: Floats[];
  readonly #gb: Floats[];
  /** Inputs of each layer, transposed. */
  readonly #inT: Floats[];
  #count = 0;

  constructor(w: Workload, layers: readonly Layer[], dedup: boolean) {
    this.#w = w;
    this.#dedup = dedup;
    const { dims, batch } = w;
    this.#L = layers.length;
    const f = (n: number) => new Float32Array(n);
    this.#Wt = layers.map((l) => l.w.slice());
    this.#W = layers.map((l, i) => {
      const r = f(l.w.length);
      transpose(dims[i + 1], dims[i], l.w, r);
      return r;
    });
    this.#b = layers.map((l) => l.b.slice());
    this.#mW = this.#W.map((x) => f(x.length));
    this.#vW = this.#W.map((x) => f(x.length));
    this.#gW = this.#W.map((x) => f(x.length));
    this.#mb = this.#b.map((x) => f(x.length));
    this.#vb = this.#b.map((x) => f(x.length));
    this.#gb = this.#b.map((x) => f(x.length));
    const acts = dims.slice(1).map((d) => f(batch * d));
    this.#u = acts;
    this.#d = acts.map((a) => f(a.length));
    this.#h = acts.slice(0, -1).map((a) => f(a.length));
    this.#gh = acts.slice(0, -1).map((a) => f(a.length));
    this.#inT = dims.slice(0, -1).map((d) => f(batch * d));
  }

  /** u[l] = act(in @ W + b); the sign of u tells the slope (slope > 0). */
  #forward(l: number, inp: Floats): void {
    const { dims, batch, slope } = this.#w;
    const O = dims[l + 1];
    const u = this.#u[l], b = this.#b[l];
    for (let n = 0; n < batch; n++) u.set(b, n * O);
    gemm(batch, O, dims[l], inp, this.#W[l], u, true);
    if (l < this.#L - 1) {
      for (let i = 0; i < u.length; i++) {
        const z = u[i];
        u[i] = z >= 0 ? z : slope * z;
      }
    }
  }

  /** Errors d[l] = dE_sum/dpre_l from u and h; returns the summed energy. */
  #errors(y: Floats): number {
    const { dims, batch, slope } = this.#w;
    let e = 0;
    for (let l = 0; l < this.#L - 1; l++) {
      const u = this.#u[l], h = this.#h[l], d = this.#d[l];
      for (let i = 0; i < u.length; i++) {
        const err = u[i] - h[i];
        e += 0.5 * err * err;
        d[i] = u[i] >= 0 ? err : err * slope;
      }
    }
    const O = dims[this.#L];
    const u = this.#u[this.#L - 1], d = this.#d[this.#L - 1];
    for (let n = 0; n < batch; n++) {
      const o = n * O;
      let mx = -Infinity;
      for (let j = 0; j < O; j++) mx = Math.max(mx, u[o + j]);
      let s = 0, sy = 0;
      for (let j = 0; j < O; j++) {
        s += Math.exp(u[o + j] - mx);
        sy += y[o + j];
      }
      const ls = Math.log(s);
      for (let j = 0; j < O; j++) {
        const lp = u[o + j] - mx - ls;
        e -= y[o + j] * lp;
        d[o + j] = sy * Math.exp(lp) - y[o + j];
      }
    }
    return e;
  }

  step({ x, y }: Batch): number {
    const { dims, batch, T, lrH } = this.#w;
    const L = this.#L;
    for (let l = 0; l < L - 1; l++) {
      this.#forward(l, l === 0 ? x : this.#h[l - 1]);
      this.#h[l].set(this.#u[l]);
    }
    for (let t = 0; t < T; t++) {
      if (this.#dedup && t === 0) {
        this.#forward(L - 1, this.#h[L - 2]);
      } else {
        for (let l = this.#dedup ? 1 : 0; l < L; l++) {
          this.#forward(l, l === 0 ? x : this.#h[l - 1]);
        }
      }
      this.#errors(y);
      for (let l = 0; l < L - 1; l++) {
        gemm(
          batch,
          dims[l + 1],
          dims[l + 2],
          this.#d[l + 1],
          this.#Wt[l + 1],
          this.#gh[l],
        );
      }
      for (let l = 0; l < L - 1; l++) {
        const h = this.#h[l], g = this.#gh[l], u = this.#u[l];
        for (let i = 0; i < h.length; i++) h[i] -= lrH * (g[i] + h[i] - u[i]);
      }
    }
    for (let l = this.#dedup ? 1 : 0; l < L; l++) {
      this.#forward(l, l === 0 ? x : this.#h[l - 1]);
    }
    const e = this.#errors(y) / batch;
    for (let l = 0; l < L; l++) {
      const [I, O] = [dims[l], dims[l + 1]];
      transpose(batch, I, l === 0 ? x : this.#h[l - 1], this.#inT[l]);
      gemm(I, O, batch, this.#inT[l], this.#d[l], this.#gW[l]);
      const gb = this.#gb[l].fill(0), d = this.#d[l];
      for (let n = 0; n < batch; n++) {
        for (let o = 0; o < O; o++) gb[o] += d[n * O + o];
      }
    }
    this.#count++;
    for (let l = 0; l < L; l++) {
      this.#adamw(this.#W[l], this.#gW[l], this.#mW[l], this.#vW[l]);
      this.#adamw(this.#b[l], this.#gb[l], this.#mb[l], this.#vb[l]);
      transpose(dims[l], dims[l + 1], this.#W[l], this.#Wt[l]);
    }
    return e;
  }

  #adamw(p: Floats, g: Floats, m: Floats, v: Floats): void {
    const { lrW, weightDecay, batch } = this.#w;
    const c1 = 1 / (1 - 0.9 ** this.#count),
      c2 = 1 / (1 - 0.999 ** this.#count),
      s = 1 / batch;
    for (let i = 0; i < p.length; i++) {
      const gi = g[i] * s;
      const mi = 0.9 * m[i] + 0.1 * gi;
      const vi = 0.999 * v[i] + 0.001 * gi * gi;
      m[i] = mi;
      v[i] = vi;
      p[i] -= lrW *
        ((mi * c1) / (Math.sqrt(vi * c2) + 1e-8) + weightDecay * p[i]);
    }
  }

  weights(): Layer[] {
    return this.#Wt.map((w, l) => ({ w: w.slice(), b: this.#b[l].slice() }));
  }
}

/** Variants `naive` and `dedup`. */
export function open(variant: string): Promise<Peer> {
  return Promise.resolve({
    info: `Float32Array, 1 thread, hand-derived gradients, ${variant}`,
    trainer: (w, layers) => new PlainTrainer(w, layers, variant === "dedup"),
    matmul: (n, a, b) => {
      const c = new Float32Array(n * n);
      return { run: () => gemm(n, n, n, a, b, c), result: () => c };
    },
  });
}
