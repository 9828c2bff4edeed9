/**
 * Conformance of the fused elementwise loop: every scalar operation on every
 * dtype, every kind of operand, every way to read and to write.
 */
import { describe, it } from "node:test";
import type { DType } from "../../src/base/dtype.ts";
import { range, type Shape, sizeOf } from "../../src/base/shape.ts";
import type { Device } from "../../src/device/device.ts";
import type { Instruction, View } from "../../src/device/plan.ts";
import type { BinaryOp, CompareOp, UnaryOp } from "../../src/ir/primitives.ts";
import { BINARY_DTYPES, UNARY_DTYPES } from "../../src/ir/dtype_rules.ts";
import { check } from "./compare.ts";
import { PlanKit, Source } from "./plan_kit.ts";

const SIZES = [0, 1, 3, 4, 5, 17];
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

/** Checks of the kernel `map`. */
export function conformElementwise(open: () => Device): void {
  describe("map: operations", () => {
    unary(open);
    binary(open);
    compare(open);
    conversions(open);
    rest(open);
  });
  describe("map: addressing", () => {
    reads(open);
    writes(open);
    inPlace(open);
    large(open);
  });
}

function unary(open: () => Device): void {
  for (const op of Object.keys(UNARY_DTYPES) as UnaryOp[]) {
    it(op, () => {
      const source = new Source();
      for (const dtype of UNARY_DTYPES[op]) {
        for (const n of SIZES) {
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
          check(open(), kit.plan(), [data], `${op} ${dtype}[${n}]`, 1e-6);
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
  open: () => Device,
  dtype: DType,
  result: DType,
  instruction: (args: [number, number]) => Instruction,
  what: string,
): void {
  for (const n of SIZES) {
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
    check(open(), kit.plan(), inputs, `${what} ${dtype}[${n}]`, 1e-6);
  }
}

function binary(open: () => Device): void {
  for (const op of Object.keys(BINARY_DTYPES) as BinaryOp[]) {
    it(`${op}, of arrays and single elements`, () => {
      for (const dtype of BINARY_DTYPES[op]) {
        pairs(
          open,
          dtype,
          dtype,
          (args) => ({ op: "binary", fn: op, dtype, args }),
          op,
        );
      }
    });
  }
}

function compare(open: () => Device): void {
  const ops: CompareOp[] = ["eq", "ne", "lt", "le", "gt", "ge"];
  for (const op of ops) {
    it(`${op}, of arrays and single elements`, () => {
      for (const dtype of TYPES) {
        pairs(
          open,
          dtype,
          "bool",
          (args) => ({ op: "compare", fn: op, dtype, args }),
          op,
        );
      }
    });
  }
}

function conversions(open: () => Device): void {
  it("casts and bitcasts between all dtypes", () => {
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
            check(open(), kit.plan(), [data], `${op} ${from} to ${to}`);
          }
        }
      }
    }
  });
}

function rest(open: () => Device): void {
  it("select by a constant, between temporaries", () => {
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
      check(open(), kit.plan(), [new Source().elements("f32", n)], "select");
    }
  });
  it("select, of arrays and single elements", () => {
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
          check(open(), kit.plan(), data, `select ${dtype} ${single}`);
        }
      }
    }
  });
  it("affine rounds once", () => {
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
      check(open(), kit.plan(), [new Source().elements("f32", n)], "affine");
    }
  });
  it("constants and indices, of every dtype", () => {
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
        check(open(), kit.plan(), [], `index ${axis} of [${shape}]`);
      }
    }
  });
  it("operations on single elements only, stored to arrays", () => {
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
    check(open(), kit.plan(), [new Float32Array([1.5])], "scalars");
  });
}

const double: Instruction = {
  op: "binary",
  fn: "add",
  dtype: "f32",
  args: [0, 0],
};

/** Windows on a buffer of `size` elements. */
const WINDOWS: {
  readonly size: number;
  readonly offset: number;
  readonly shape: Shape;
  readonly strides: readonly number[];
}[] = [
  { size: 12, offset: 0, shape: [3, 4], strides: [1, 3] },
  { size: 12, offset: 11, shape: [12], strides: [-1] },
  { size: 12, offset: 2, shape: [2, 2], strides: [4, 1] },
  { size: 30, offset: 1, shape: [5, 3], strides: [6, 2] },
  { size: 24, offset: 20, shape: [3, 4], strides: [-8, 1] },
  { size: 90, offset: 0, shape: [9, 10], strides: [1, 9] },
  { size: 120, offset: 0, shape: [2, 3, 4, 5], strides: [1, 2, 6, 24] },
  {
    size: 720,
    offset: 0,
    shape: [2, 3, 2, 2, 5, 6],
    strides: [360, 2, 180, 1, 6, 30],
  },
];
const REPEATS: typeof WINDOWS = [
  { size: 4, offset: 0, shape: [3, 4], strides: [0, 1] },
  { size: 3, offset: 0, shape: [3, 4], strides: [1, 0] },
  { size: 6, offset: 0, shape: [3, 5, 2], strides: [2, 0, 1] },
  { size: 2, offset: 1, shape: [3, 4], strides: [0, 0] },
];

function reads(open: () => Device): void {
  it("reads windows: strided, reversed, repeated", () => {
    for (const { size, offset, shape, strides } of [...WINDOWS, ...REPEATS]) {
      const kit = new PlanKit();
      const x = kit.input("f32", [size]);
      const y = kit.input("f32", shape);
      const copy = kit.output("f32", shape);
      const sum = kit.output("f32", shape);
      const window = kit.view(x, { offset, shape, strides });
      kit.call(
        { kind: "map", shape, instructions: [], results: [0] },
        [window],
        [copy],
      );
      kit.call(
        {
          kind: "map",
          shape,
          instructions: [
            { op: "binary", fn: "sub", dtype: "f32", args: [0, 1] },
            { op: "binary", fn: "mul", dtype: "f32", args: [2, 0] },
          ],
          results: [3],
        },
        [window, y],
        [sum],
      );
      const source = new Source();
      const data = [size, sizeOf(shape)].map((n) => source.elements("f32", n));
      check(open(), kit.plan(), data, `window [${shape}] / [${strides}]`, 2e-7);
    }
  });
}

function writes(open: () => Device): void {
  it("writes windows and leaves the rest alone", () => {
    for (const { size, offset, shape, strides } of WINDOWS) {
      const kit = new PlanKit();
      const x = kit.input("f32", shape);
      const rows = kit.input("f32", [size]);
      const outs = range(3).map(() => kit.output("f32", [size]));
      const flat = { kind: "map", shape: [size] } as const;
      for (const out of outs) {
        kit.call(
          {
            ...flat,
            instructions: [{ op: "constant", dtype: "f32", value: -9 }],
            results: [0],
          },
          [],
          [out],
        );
      }
      const window = (buffer: number) =>
        kit.view(buffer, { offset, shape, strides });
      kit.call(
        { kind: "map", shape, instructions: [], results: [0] },
        [x],
        [window(outs[0])],
      );
      kit.call(
        { kind: "map", shape, instructions: [double], results: [1] },
        [window(rows)],
        [window(outs[1])],
      );
      kit.call(
        {
          kind: "map",
          shape,
          instructions: [{ op: "constant", dtype: "f32", value: 7 }],
          results: [0],
        },
        [],
        [window(outs[2])],
      );
      const source = new Source();
      const data = [sizeOf(shape), size].map((n) => source.elements("f32", n));
      check(open(), kit.plan(), data, `window [${shape}] / [${strides}]`);
    }
  });
}

function inPlace(open: () => Device): void {
  const f32 = (fn: BinaryOp, a: number, b: number): Instruction => ({
    op: "binary",
    fn,
    dtype: "f32",
    args: [a, b],
  });
  const cases: { name: string; instructions: Instruction[]; to: number[] }[] = [
    { name: "swaps", instructions: [], to: [1, 0] },
    { name: "keeps", instructions: [], to: [0, 1] },
    { name: "copies one over the other", instructions: [], to: [0, 0] },
    { name: "overwrites early", instructions: [f32("add", 0, 1)], to: [2, 0] },
    {
      name: "reads an operand after a result could be stored over it",
      instructions: [f32("mul", 0, 1), f32("sub", 0, 2), f32("add", 3, 1)],
      to: [2, 4],
    },
    {
      name: "stores one result twice",
      instructions: [f32("mul", 0, 1)],
      to: [2, 2],
    },
    {
      name: "casts in place",
      instructions: [
        { op: "cast", from: "f32", to: "f32", args: [1] },
        f32("sub", 2, 0),
      ],
      to: [3, 2],
    },
  ];
  for (const { name, instructions, to } of cases) {
    it(`${name} where operands are overwritten`, () => {
      for (const n of [1, 5, 17, 20000]) {
        for (const strides of [[1], [-1]]) {
          const kit = new PlanKit();
          const a = kit.input("f32", [n]);
          const b = kit.input("f32", [n]);
          const x = kit.output("f32", [n], 0);
          const y = kit.output("f32", [n], 1);
          const offset = strides[0] < 0 ? n - 1 : 0;
          const all = (buffer: number) =>
            kit.view(buffer, { offset, strides, shape: [n] });
          kit.call(
            { kind: "map", shape: [n], instructions, results: to },
            [all(a), all(b)],
            [all(x), all(y)],
          );
          const source = new Source();
          const data = [n, n].map((k) => source.elements("f32", k));
          check(open(), kit.plan(), data, `${name} [${n}]`, 2e-7, 4);
        }
      }
    });
  }
}

function large(open: () => Device): void {
  const shapes = [[20001], [3, 7001], [150, 130], [30, 25, 40], [2, 3, 4099]];
  it("cuts a large space into blocks", () => {
    for (const shape of shapes) {
      const kit = new PlanKit();
      const n = sizeOf(shape);
      const rank = shape.length;
      const x = kit.input("f32", shape);
      const column = kit.input("f32", [shape[0]]);
      const row = kit.input("f32", [shape[rank - 1]]);
      const turned = kit.input("f32", [n]);
      const plain = kit.output("f32", shape);
      const window = kit.output("f32", [n]);
      // The axes of the last operand and of the last result are reversed.
      const strides = shape.map((_, axis) => sizeOf(shape.slice(0, axis)));
      const only = (axis: number) => shape.map((_, i) => i === axis ? 1 : 0);
      kit.call(
        {
          kind: "map",
          shape,
          instructions: [
            { op: "index", dtype: "f32", axis: rank - 1 },
            { op: "binary", fn: "add", dtype: "f32", args: [4, 1] },
            { op: "binary", fn: "mul", dtype: "f32", args: [5, 2] },
            { op: "binary", fn: "sub", dtype: "f32", args: [6, 3] },
            { op: "binary", fn: "max", dtype: "f32", args: [7, 0] },
          ],
          results: [8, 7],
        },
        [
          kit.view(x),
          kit.view(column, { shape, strides: only(0) }),
          kit.view(row, { shape, strides: only(rank - 1) }),
          kit.view(turned, { shape, strides }),
        ],
        [kit.view(plain), kit.view(window, { shape, strides })],
      );
      const source = new Source();
      const data = [n, shape[0], shape[rank - 1], n].map((k) =>
        source.elements("f32", k)
      );
      check(open(), kit.plan(), data, `[${shape}]`, 2e-7, 4);
    }
  });
}
