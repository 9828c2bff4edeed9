/**
 * The train step in double, with textbook loops and gradients derived by hand.
 * Every row has to agree with it; it is never timed. `gradientError` compares
 * it with central differences of its own energy.
 */
import type { Batch, Layer, Workload } from "./types.ts";

type Doubles = Float64Array;

/** `pre = x W^T + b` of one layer and its activation. */
interface Forward {
  pre: Doubles;
  u: Doubles;
}

/** Which gradients of the energy are wanted. */
interface Wanted {
  h?: boolean;
  w?: boolean;
}

/** The mean energy of a batch and its gradients. */
interface Energy {
  e: number;
  gh: Doubles[];
  gW: Doubles[];
  gb: Doubles[];
}

/** A network in training, in double. */
export class Reference {
  readonly #workload: Workload;
  readonly #W: Doubles[];
  readonly #b: Doubles[];
  readonly #m: Doubles[];
  readonly #v: Doubles[];
  #count = 0;

  /** Starts from given weights. */
  constructor(workload: Workload, layers: readonly Layer[]) {
    this.#workload = workload;
    this.#W = layers.map((l) => Float64Array.from(l.w));
    this.#b = layers.map((l) => Float64Array.from(l.b));
    const zeros = (p: Doubles): Doubles => new Float64Array(p.length);
    this.#m = [...this.#W, ...this.#b].map(zeros);
    this.#v = [...this.#W, ...this.#b].map(zeros);
  }

  /** One train step; returns the energy at the weight step. */
  step(batch: Batch): number {
    const { batch: size, T, lrH } = this.#workload;
    const x = Float64Array.from(batch.x);
    const y = Float64Array.from(batch.y);
    const first = this.#forward(0, x);
    const hs = [first.u.slice()];
    for (let l = 1; l < this.#W.length - 1; l++) {
      hs.push(this.#forward(l, hs[l - 1]).u.slice());
    }
    for (let t = 0; t < T; t++) {
      const { gh } = this.#energy(x, hs, y, { h: true }, first);
      gh.forEach((g, l) => g.forEach((v, i) => (hs[l][i] -= lrH * size * v)));
    }
    const { e, gW, gb } = this.#energy(x, hs, y, { w: true }, first);
    this.#adamw([...gW, ...gb]);
    return e;
  }

  /** The current weights. */
  weights(): Layer[] {
    return this.#W.map((w, l) => ({
      w: Float32Array.from(w),
      b: Float32Array.from(this.#b[l]),
    }));
  }

  /** The largest relative error of the gradients by hand. */
  gradientError(batch: Batch): number {
    const x = Float64Array.from(batch.x);
    const y = Float64Array.from(batch.y);
    const hs: Doubles[] = [];
    let seed = 1;
    for (let l = 0; l < this.#W.length - 1; l++) {
      const { u } = this.#forward(l, l > 0 ? hs[l - 1] : x);
      hs.push(u.map((v) => v + 0.3 * Math.sin(seed++)));
    }
    const { gh, gW, gb } = this.#energy(x, hs, y, { h: true, w: true });
    const gradients = [...gh, ...gW, ...gb];
    const eps = 1e-5;
    let worst = 0;
    [...hs, ...this.#W, ...this.#b].forEach((p, k) => {
      for (let j = 0; j < 8; j++) {
        const i = (j * 7919) % p.length;
        const value = p[i];
        const at = (v: number): number => {
          p[i] = v;
          return this.#energy(x, hs, y, {}).e;
        };
        const slope = (at(value + eps) - at(value - eps)) / (2 * eps);
        p[i] = value;
        const error = Math.abs(slope - gradients[k][i]);
        worst = Math.max(worst, error / (1e-6 + Math.abs(slope)));
      }
    });
    return worst;
  }

  #forward(l: number, x: Doubles): Forward {
    const { dims, batch, slope } = this.#workload;
    const [I, O] = [dims[l], dims[l + 1]];
    const W = this.#W[l];
    const pre = new Float64Array(batch * O);
    for (let n = 0; n < batch; n++) {
      for (let o = 0; o < O; o++) {
        let s = this.#b[l][o];
        for (let i = 0; i < I; i++) s += x[n * I + i] * W[o * I + i];
        pre[n * O + o] = s;
      }
    }
    const last = l === this.#W.length - 1;
    return { pre, u: last ? pre : pre.map((z) => z >= 0 ? z : slope * z) };
  }

  #energy(
    x: Doubles,
    hs: readonly Doubles[],
    y: Doubles,
    want: Wanted,
    first: Forward = this.#forward(0, x),
  ): Energy {
    const { batch } = this.#workload;
    const outs = [first];
    for (let l = 1; l < this.#W.length; l++) {
      outs.push(this.#forward(l, hs[l - 1]));
    }
    const { e, d } = this.#errors(outs, hs, y);
    const gh = want.h ? hs.map((_, l) => this.#stateGrad(l, outs, hs, d)) : [];
    const gW: Doubles[] = [];
    const gb: Doubles[] = [];
    if (want.w) {
      d.forEach((dl, l) => {
        const { gw, gbl } = this.#weightGrad(l, l === 0 ? x : hs[l - 1], dl);
        gW.push(gw);
        gb.push(gbl);
      });
    }
    return { e: e / batch, gh, gW, gb };
  }

  /** The summed energy, and its derivative by each layer's `pre`. */
  #errors(
    outs: readonly Forward[],
    hs: readonly Doubles[],
    y: Doubles,
  ): { e: number; d: Doubles[] } {
    const { dims, slope } = this.#workload;
    const L = this.#W.length;
    const O = dims[L];
    let e = 0;
    const d = hs.map((h, l) => {
      const { pre, u } = outs[l];
      return u.map((v, i) => {
        const error = v - h[i];
        e += 0.5 * error * error;
        return error * (pre[i] >= 0 ? 1 : slope);
      });
    });
    const logits = outs[L - 1].u;
    const last = new Float64Array(logits.length);
    for (let n = 0; n < logits.length; n += O) {
      const row = logits.subarray(n, n + O);
      const max = Math.max(...row);
      const norm = max +
        Math.log(row.reduce((s, v) => s + Math.exp(v - max), 0));
      const mass = y.subarray(n, n + O).reduce((s, v) => s + v, 0);
      row.forEach((v, o) => {
        e -= y[n + o] * (v - norm);
        last[n + o] = mass * Math.exp(v - norm) - y[n + o];
      });
    }
    return { e, d: [...d, last] };
  }

  #stateGrad(
    l: number,
    outs: readonly Forward[],
    hs: readonly Doubles[],
    d: readonly Doubles[],
  ): Doubles {
    const { dims, batch } = this.#workload;
    const [I, O] = [dims[l + 1], dims[l + 2]];
    const g = hs[l].map((h, i) => h - outs[l].u[i]);
    for (let n = 0; n < batch; n++) {
      for (let o = 0; o < O; o++) {
        const dd = d[l + 1][n * O + o];
        for (let i = 0; i < I; i++) {
          g[n * I + i] += dd * this.#W[l + 1][o * I + i];
        }
      }
    }
    return g.map((v) => v / batch);
  }

  #weightGrad(
    l: number,
    input: Doubles,
    d: Doubles,
  ): { gw: Doubles; gbl: Doubles } {
    const { dims, batch } = this.#workload;
    const [I, O] = [dims[l], dims[l + 1]];
    const gw = new Float64Array(I * O);
    const gbl = new Float64Array(O);
    for (let n = 0; n < batch; n++) {
      for (let o = 0; o < O; o++) {
        const dd = d[n * O + o] / batch;
        gbl[o] += dd;
        for (let i = 0; i < I; i++) gw[o * I + i] += dd * input[n * I + i];
      }
    }
    return { gw, gbl };
  }

  #adamw(gradients: readonly Doubles[]): void {
    const { lrW, weightDecay } = this.#workload;
    this.#count++;
    const c1 = 1 - 0.9 ** this.#count;
    const c2 = 1 - 0.999 ** this.#count;
    [...this.#W, ...this.#b].forEach((p, k) => {
      const [g, m, v] = [gradients[k], this.#m[k], this.#v[k]];
      for (let i = 0; i < p.length; i++) {
        m[i] = 0.9 * m[i] + 0.1 * g[i];
        v[i] = 0.999 * v[i] + 0.001 * g[i] * g[i];
        const update = (m[i] / c1) / (Math.sqrt(v[i] / c2) + 1e-8);
        p[i] -= lrW * (update + weightDecay * p[i]);
      }
    });
  }
}
