/**
 * Conformance of matrix products.
 */
import { range } from "../../src/base/shape.ts";
import { packedSize } from "../../src/device/plan.ts";
import { PlanKit, Source } from "./plan_kit.ts";
import type { Add, Suite } from "./declare.ts";

/** Sizes around those of vectors, panels, tiles and blocks. */
const EDGES = [
  ...[1, 2, 3, 4, 5, 7, 8, 10, 16, 17, 31, 32, 33, 63, 64, 65, 100, 130],
];
const FORMS = ["nn", "nt", "tn", "packed nn", "packed nt"] as const;

interface Product {
  readonly b: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Which operands are stored transposed, and whether the right is packed. */
  readonly form: typeof FORMS[number];
}

/** Beyond one tile, and long in one direction. */
const LARGE: readonly (readonly [number, number, number, number])[] = [
  [1, 130, 70, 257],
  [2, 65, 129, 100],
  [1, 1, 300, 1000],
  [1, 300, 1, 1000],
  [3, 2, 3, 5000],
  [1, 100, 130, 1],
  [1, 256, 128, 64],
];

/** 45 of them, each form 9 times, one in three of a batch. */
function sampled(): Product[] {
  const source = new Source(11);
  const edge = () => EDGES[Math.floor(source.next() * EDGES.length)];
  return range(45).map((i) => ({
    b: i % 3 === 2 ? 3 : 1,
    m: edge(),
    n: edge(),
    k: edge(),
    form: FORMS[i % FORMS.length],
  }));
}

function multiply(add: Add, source: Source, product: Product): void {
  const { b, m, n, k, form } = product;
  const kit = new PlanKit();
  const x = kit.input("f32", [b * m * k]);
  const y = kit.input("f32", [b * k * n]);
  const out = kit.output("f32", [b, m, n]);
  const left = kit.view(x, {
    shape: [b, m, k],
    strides: form === "tn" ? [m * k, 1, m] : [m * k, k, 1],
  });
  let right = kit.view(y, {
    shape: [b, k, n],
    strides: form.endsWith("nt") ? [k * n, 1, k] : [k * n, n, 1],
  });
  const packed = form.startsWith("packed");
  if (packed) {
    const p = kit.temporary("f32", [b, packedSize(k, n)]);
    kit.call({ kind: "pack", b, k, n }, [right], [p]);
    right = kit.view(p);
  }
  kit.call({ kind: "dot", b, m, n, k, packed }, [left, right], [out]);
  const data = [b * m * k, b * k * n].map((s) => source.elements("f32", s));
  add(kit.plan(), data, `${b}x${m}x${n}x${k} ${form}`, 1e-6, 4 * k);
}

/** Checks of the kernel `dot`. */
export function conformProducts(suite: Suite): void {
  suite.describe("dot", (suite) => {
    const sizes = [
      [1, 1, 1],
      [3, 5, 2],
      [1, 17, 33],
      [17, 1, 5],
      [0, 3, 3],
      [5, 16, 1],
      [33, 31, 18],
    ];
    suite.cases("multiplies in every storage order", (add) => {
      const source = new Source();
      for (const b of [1, 3]) {
        for (const [m, n, k] of sizes) {
          for (const form of [0, 1, 2]) {
            const kit = new PlanKit();
            const x = kit.input("f32", [b * m * k]);
            const y = kit.input("f32", [b * k * n]);
            const out = kit.output("f32", [b, m, n]);
            const left = form & 2 ? [m * k, 1, m] : [m * k, k, 1];
            const right = form & 1 ? [k * n, 1, k] : [k * n, n, 1];
            kit.call(
              { kind: "dot", b, m, n, k, packed: false },
              [
                kit.view(x, { shape: [b, m, k], strides: left }),
                kit.view(y, { shape: [b, k, n], strides: right }),
              ],
              [out],
            );
            const data = [b * m * k, b * k * n].map((s) =>
              source.elements("f32", s)
            );
            const what = `${b}x${m}x${n}x${k} form ${form}`;
            add(kit.plan(), data, what, 1e-6, 4 * k);
          }
        }
      }
    });
    suite.cases("multiplies by packed operands", (add) => {
      const source = new Source();
      for (const b of [1, 3]) {
        for (const [m, n, k] of [...sizes, [2, 50, 7], [40, 29, 300]]) {
          for (const right of [[k * n, n, 1], [k * n, 1, k], [0, n, 1]]) {
            const kit = new PlanKit();
            const x = kit.input("f32", [b, m, k]);
            const y = kit.input("f32", [b, k, n]);
            const out = kit.output("f32", [b, m, n]);
            const batch = right[0] === 0 ? 1 : b;
            const size = packedSize(k, n);
            const p = kit.temporary("f32", [batch, size]);
            kit.call(
              { kind: "pack", b: batch, k, n },
              [kit.view(y, { shape: [batch, k, n], strides: right })],
              [p],
            );
            const strides = [right[0] === 0 ? 0 : size, 1];
            kit.call(
              { kind: "dot", b, m, n, k, packed: true },
              [x, kit.view(p, { shape: [b, size], strides })],
              [out],
            );
            const data = [b * m * k, b * k * n].map((s) =>
              source.elements("f32", s)
            );
            const what = `${b}x${m}x${n}x${k} right ${right}`;
            add(kit.plan(), data, what, 1e-6, 4 * k);
          }
        }
      }
    });
    suite.cases("multiplies what fills no tile", (add) => {
      const source = new Source(2);
      for (const product of sampled()) multiply(add, source, product);
    });
    suite.cases("multiplies large operands", (add) => {
      const source = new Source(3);
      for (const [b, m, n, k] of LARGE) {
        for (const form of FORMS) multiply(add, source, { b, m, n, k, form });
      }
    });
    suite.cases("shares an operand among the batch and skips rows", (add) => {
      const [b, m, n, k] = [4, 3, 6, 5];
      for (const shared of ["left", "right", "both"]) {
        const kit = new PlanKit();
        const x = kit.input("f32", [b, m, 2 * k]);
        const y = kit.input("f32", [b, k, n + 3]);
        const out = kit.output("f32", [b, m, n]);
        const stepX = shared === "right" ? m * 2 * k : 0;
        const stepY = shared === "left" ? k * (n + 3) : 0;
        kit.call(
          { kind: "dot", b, m, n, k, packed: false },
          [
            kit.view(x, {
              offset: 2,
              shape: [b, m, k],
              strides: [stepX, 2 * k, 1],
            }),
            kit.view(y, {
              offset: 1,
              shape: [b, k, n],
              strides: [stepY, n + 3, 1],
            }),
          ],
          [out],
        );
        const source = new Source();
        const data = [b * m * 2 * k, b * k * (n + 3)].map((s) =>
          source.elements("f32", s)
        );
        add(kit.plan(), data, `shared ${shared}`, 1e-6, 4 * k);
      }
    });
  });
}
