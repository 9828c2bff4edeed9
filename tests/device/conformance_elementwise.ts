/**
 * Conformance of the fused elementwise loop: every scalar operation on every
 * dtype and every kind of operand.
 */
import type { DType } from "../../src/base/dtype.ts";
import { range } from "../../src/base/shape.ts";
import type { Instruction, View } from "../../src/device/plan.ts";
import type { BinaryOp, CompareOp, UnaryOp } from "../../src/ir/primitives.ts";
import { BINARY_DTYPES, UNARY_DTYPES } from "../../src/ir/dtype_rules.ts";
import { PlanKit, Source } from "./plan_kit.ts";
import { type Add, type Suite, TINY } from "./declare.ts";

const SIZES = [0, 1, 3, 4, 5, 17];
/** Beyond one vector, one workgroup and one block. */
const LARGE = [1000, 4097];
const TYPES: DType[] = ["f32", "i32", "u32", "bool"];

/** Ranges of operands: where a function has a domain, a little beyond it. */
const RANGES: { readonly [op in UnaryOp]?: readonly [number, number] } = {
  log: [-0.2, 4],
  log1p: [-1.1, 3],
  sqrt: [-0.5, 9],
  rsqrt: [-0.5, 9],
  erfinv: [-1.01, 1.01],
  tan: [-1.4, 1.4],
  exp: [-90, 90],
};

function sizesOf(dtype: DType): readonly number[] {
  return dtype === "f32" ? [...SIZES, ...LARGE] : SIZES;
}

/** Checks of the operations of the kernel `map`. */
export function conformElementwise(suite: Suite): void {
  suite.describe("map operations", (suite) => {
    unary(suite);
    binary(suite);
    compare(suite);
    conversions(suite);
    rest(suite);
  });
}

function unary(suite: Suite): void {
  for (const op of Object.keys(UNARY_DTYPES) as UnaryOp[]) {
    suite.cases(op, (add) => {
      const source = new Source();
      for (const dtype of UNARY_DTYPES[op]) {
        for (const n of sizesOf(dtype)) {
          const kit = new PlanKit();
          const x = kit.input(dtype, [n]);
          const out = kit.output(op === "isnan" ? "bool" : dtype, [n]);
          kit.call(
            {
              kind: "map",
              shape: [n],
              instructions: [{ op: "unary", fn: op, dtype, args: [0] }],
              results: [1],
            },
            [x],
            [out],
          );
          const [low, high] = RANGES[op] ?? [-4, 4];
          const data = source.elements(dtype, n, low, high);
          if (op === "isnan" && n > 2) data[1] = NaN;
          const what = `${op} ${dtype}[${n}]`;
          add(kit.plan(), [data], what, 1e-6, TINY);
        }
      }
    });
  }
}

/** Two operands as arrays or as one element, from memory or constant. */
function forms(
  kit: PlanKit,
  dtype: DType,
  n: number,
): { reads: View[]; constants: Instruction[]; args: [number, number] }[] {
  const a = kit.input(dtype, [n]);
  const b = kit.input(dtype, [n]);
  const one = kit.input(dtype, []);
  const x = kit.view(a), y = kit.view(b);
  const s = kit.view(one, { shape: [n], strides: [0] });
  const constant: Instruction = { op: "constant", dtype, value: 1 };
  return [
    { reads: [x, y], constants: [], args: [0, 1] },
    { reads: [x, s], constants: [], args: [0, 1] },
    { reads: [s, y], constants: [], args: [0, 1] },
    { reads: [x], constants: [constant], args: [0, 1] },
    { reads: [x], constants: [constant], args: [1, 0] },
    { reads: [s], constants: [constant], args: [0, 1] },
    { reads: [x], constants: [], args: [0, 0] },
  ];
}

function pairs(
  add: Add,
  dtype: DType,
  result: DType,
  instruction: (args: [number, number]) => Instruction,
  what: string,
): void {
  for (const n of sizesOf(dtype)) {
    const kit = new PlanKit();
    const list = forms(kit, dtype, n);
    const outs = list.map(() => kit.output(result, [n]));
    list.forEach(({ reads, constants, args }, i) =>
      kit.call(
        {
          kind: "map",
          shape: [n],
          instructions: [...constants, instruction(args)],
          results: [reads.length + constants.length],
        },
        reads,
        [outs[i]],
      )
    );
    const source = new Source(n);
    const inputs = [n, n, 1].map((k) => source.elements(dtype, k));
    if (dtype !== "f32" && n > 4) {
      inputs[1][0] = 0;
      inputs[0][1] = -(2 ** 31);
      inputs[1][1] = -1;
      inputs[1][2] = 32;
      inputs[1][3] = 31;
    }
    if (dtype === "f32" && n > 4) {
      inputs[0][0] = NaN;
      inputs[1][1] = NaN;
      inputs[1][2] = 0;
      inputs[0][3] = inputs[1][3];
    }
    if (dtype === "bool") {
      inputs.forEach((data) => data.set(data.map((v) => v & 1)));
    }
    add(kit.plan(), inputs, `${what} ${dtype}[${n}]`, 1e-6);
  }
}

function binary(suite: Suite): void {
  for (const op of Object.keys(BINARY_DTYPES) as BinaryOp[]) {
    suite.cases(`${op}, of arrays and single elements`, (add) => {
      for (const dtype of BINARY_DTYPES[op]) {
        pairs(
          add,
          dtype,
          dtype,
          (args) => ({ op: "binary", fn: op, dtype, args }),
          op,
        );
      }
    });
  }
}

function compare(suite: Suite): void {
  const ops: CompareOp[] = ["eq", "ne", "lt", "le", "gt", "ge"];
  for (const op of ops) {
    suite.cases(`${op}, of arrays and single elements`, (add) => {
      for (const dtype of TYPES) {
        pairs(
          add,
          dtype,
          "bool",
          (args) => ({ op: "compare", fn: op, dtype, args }),
          op,
        );
      }
    });
  }
}

function conversions(suite: Suite): void {
  suite.cases("casts and bitcasts between all dtypes", (add) => {
    for (const op of ["cast", "bitcast"] as const) {
      for (const from of TYPES) {
        for (const to of TYPES) {
          const involvesBool = from === "bool" || to === "bool";
          if (op === "bitcast" && involvesBool && from !== to) continue;
          for (const n of SIZES) {
            const kit = new PlanKit();
            const x = kit.input(from, [n]);
            const out = kit.output(to, [n]);
            kit.call(
              {
                kind: "map",
                shape: [n],
                instructions: [{ op, from, to, args: [0] }],
                results: [1],
              },
              [x],
              [out],
            );
            const data = new Source().elements(from, n);
            if (from === "f32" && n > 4 && op === "cast") {
              data.set([NaN, Infinity, -Infinity, -3e9, 5e9]);
            }
            add(kit.plan(), [data], `${op} ${from} to ${to}`);
          }
        }
      }
    }
  });
}

function rest(suite: Suite): void {
  suite.cases("select by a constant, between temporaries", (add) => {
    for (const n of SIZES) {
      const kit = new PlanKit();
      const x = kit.input("f32", [n]);
      const outs = [kit.output("f32", [n]), kit.output("f32", [n])];
      kit.call(
        {
          kind: "map",
          shape: [n],
          instructions: [
            { op: "unary", fn: "square", dtype: "f32", args: [0] },
            { op: "unary", fn: "neg", dtype: "f32", args: [1] },
            { op: "constant", dtype: "bool", value: 1 },
            { op: "constant", dtype: "f32", value: 2 },
            { op: "select", dtype: "f32", args: [3, 2, 4] },
            { op: "select", dtype: "f32", args: [3, 4, 5] },
          ],
          results: [5, 6],
        },
        [x],
        outs,
      );
      add(kit.plan(), [new Source().elements("f32", n)], "select");
    }
  });
  suite.cases("select, of arrays and single elements", (add) => {
    for (const dtype of TYPES) {
      for (const n of SIZES) {
        for (const single of range(8)) {
          const kit = new PlanKit();
          const inputs = [
            kit.input("bool", [n]),
            kit.input(dtype, [n]),
            kit.input(dtype, [n]),
          ];
          const out = kit.output(dtype, [n]);
          if (n === 0) continue;
          kit.call(
            {
              kind: "map",
              shape: [n],
              instructions: [{ op: "select", dtype, args: [0, 1, 2] }],
              results: [3],
            },
            inputs.map((buffer, i) =>
              kit.view(buffer, {
                strides: [single >> i & 1 ? 0 : 1],
                shape: [n],
              })
            ),
            [out],
          );
          const source = new Source(n);
          const data = [
            source.elements("bool", n),
            source.elements(dtype, n),
            source.elements(dtype, n),
          ];
          add(kit.plan(), data, `select ${dtype} ${single}`);
        }
      }
    }
  });
  suite.cases("affine rounds once", (add) => {
    for (const n of SIZES) {
      const kit = new PlanKit();
      const x = kit.input("f32", [n]);
      const out = kit.output("f32", [n]);
      kit.call(
        {
          kind: "map",
          shape: [n],
          instructions: [
            { op: "affine", scale: 0.1, shift: -0.7, args: [0] },
          ],
          results: [1],
        },
        [x],
        [out],
      );
      add(kit.plan(), [new Source().elements("f32", n)], "affine");
    }
  });
  suite.cases("constants and indices, of every dtype", (add) => {
    for (const shape of [[1], [5], [3, 4], [2, 3, 4]]) {
      for (const axis of shape.keys()) {
        const kit = new PlanKit();
        const types: DType[] = ["f32", "i32", "u32"];
        const outs = types.flatMap((dtype) => [
          kit.output(dtype, shape),
          kit.output(dtype, shape),
          kit.output(dtype, shape),
        ]);
        types.forEach((dtype, i) =>
          kit.call(
            {
              kind: "map",
              shape,
              instructions: [
                { op: "constant", dtype, value: 3 },
                { op: "index", dtype, axis },
                { op: "binary", fn: "mul", dtype, args: [0, 1] },
              ],
              results: [0, 1, 2],
            },
            [],
            outs.slice(3 * i, 3 * i + 3),
          )
        );
        add(kit.plan(), [], `index ${axis} of [${shape}]`);
      }
    }
  });
  suite.cases("operations on single elements only, stored to arrays", (add) => {
    const kit = new PlanKit();
    const one = kit.input("f32", []);
    const out = kit.output("f32", [6]);
    kit.call(
      {
        kind: "map",
        shape: [6],
        instructions: [
          { op: "constant", dtype: "f32", value: 2.5 },
          { op: "binary", fn: "mul", dtype: "f32", args: [0, 1] },
          { op: "compare", fn: "gt", dtype: "f32", args: [2, 0] },
          { op: "select", dtype: "f32", args: [3, 2, 0] },
        ],
        results: [4],
      },
      [kit.view(one, { shape: [6], strides: [0] })],
      [out],
    );
    add(kit.plan(), [new Float32Array([1.5])], "scalars");
  });
}
