/**
 * The avals a node yields, from the avals of its operands: one row per
 * primitive. This is the only place where an operation's operands are checked,
 * so the messages here are the ones users see.
 *
 * @module
 */
import { isFloat } from "../base/dtype.ts";
import {
  type Aval,
  formatAval,
  sameShape,
  type Shape,
  sizeOf,
  withoutAxes,
} from "../base/shape.ts";
import { fail, needDtype, needPerm, needSame } from "./checks.ts";
import { condAvals, scanAvals, whileAvals } from "./flow_avals.ts";
import { BINARY_DTYPES, FLOAT, NUMERIC, UNARY_DTYPES } from "./dtype_rules.ts";
import type { Primitive, PrimitiveParams } from "./primitives.ts";
import { argWindowAvals, convAvals, reduceWindowAvals } from "./windows.ts";

type Rule<P extends Primitive> = (
  operands: readonly Aval[],
  params: PrimitiveParams[P],
) => Aval[];

function gatherShape(
  x: Shape,
  indices: Shape,
  axis: number,
  batchDims: number,
) {
  return [
    ...x.slice(0, axis),
    ...indices.slice(batchDims),
    ...x.slice(axis + 1),
  ];
}

function needBatch(action: string, x: Aval, y: Aval, batchDims: number): void {
  if (!sameShape(x.shape.slice(0, batchDims), y.shape.slice(0, batchDims))) {
    fail(
      action,
      `${formatAval(x)} and ${formatAval(y)} were given`,
      `equal sizes on the first ${batchDims} axes`,
    );
  }
}

function needStarts(action: string, x: Aval, starts: Aval, batchDims: number) {
  needDtype(action, starts, ["i32"]);
  needBatch(action, x, starts, batchDims);
  const shape = [...x.shape.slice(0, batchDims), x.shape.length - batchDims];
  if (!sameShape(starts.shape, shape)) {
    fail(action, `starts ${formatAval(starts)} were given`, `i32[${shape}]`);
  }
}

function dotShape(
  a: Aval,
  b: Aval,
  { contract, batch }: PrimitiveParams["dot"],
): number[] {
  const check = (what: string, i: readonly number[], j: readonly number[]) => {
    i.forEach((axis, k) => {
      const x = a.shape[axis], y = b.shape[j[k]];
      if (x !== y) {
        fail(
          `multiply ${formatAval(a)} and ${formatAval(b)}`,
          `${what} axis ${axis} of the first has size ${x}, axis ${j[k]} of ` +
            `the second ${y}`,
          "equal sizes",
        );
      }
    });
  };
  check("contracted", contract[0], contract[1]);
  check("batch", batch[0], batch[1]);
  return [
    ...batch[0].map((i) => a.shape[i]),
    ...withoutAxes(a.shape, [...batch[0], ...contract[0]]),
    ...withoutAxes(b.shape, [...batch[1], ...contract[1]]),
  ];
}

const same: (operands: readonly Aval[]) => Aval[] = ([x]) => [x];

const RULES: { readonly [P in Primitive]: Rule<P> } = {
  constant: (_, { dtype }) => [{ dtype, shape: [] }],
  iota: (_, { dtype, shape }) => [{ dtype, shape }],
  unary: ([x], { op }) => {
    needDtype(op, x, UNARY_DTYPES[op]);
    return [{ dtype: op === "isnan" ? "bool" : x.dtype, shape: x.shape }];
  },
  binary: ([a, b], { op }) => {
    needSame(op, a, b);
    needDtype(op, a, BINARY_DTYPES[op]);
    return [a];
  },
  compare: ([a, b]) => {
    needSame("compare", a, b);
    return [{ dtype: "bool", shape: a.shape }];
  },
  select: ([c, a, b]) => {
    needDtype("select", c, ["bool"]);
    needSame("select", a, b);
    needSame("select", c, { dtype: "bool", shape: a.shape });
    return [a];
  },
  affine: ([x]) => {
    needDtype("scale", x, FLOAT);
    return [x];
  },
  cast: ([x], { dtype }) => [{ dtype, shape: x.shape }],
  bitcast: ([x], { dtype }) => {
    needDtype("bitcast", x, NUMERIC);
    return [{ dtype, shape: x.shape }];
  },
  broadcast: ([x], { shape, axes }) => {
    const fits = axes.length === x.shape.length &&
      axes.every((a, i) =>
        shape[a] === x.shape[i] && (i === 0 || axes[i - 1] < a)
      );
    if (!fits) {
      fail(
        `broadcast ${formatAval(x)} to [${shape}]`,
        `operand axes map to [${axes}]`,
        "increasing axes of equal sizes",
      );
    }
    return [{ dtype: x.dtype, shape }];
  },
  reshape: ([x], { shape }) => {
    if (sizeOf(shape) !== sizeOf(x.shape)) {
      fail(
        `reshape ${formatAval(x)} to [${shape}]`,
        `it has ${sizeOf(x.shape)} elements`,
        `${sizeOf(shape)}`,
      );
    }
    return [{ dtype: x.dtype, shape }];
  },
  transpose: ([x], { perm }) => {
    needPerm(`transpose ${formatAval(x)}`, perm, x.shape.length);
    return [{ dtype: x.dtype, shape: perm.map((a) => x.shape[a]) }];
  },
  slice: ([x], { start, limit, stride }) => {
    x.shape.forEach((size, i) => {
      if (
        !(start[i] >= 0 && start[i] <= limit[i] && limit[i] <= size &&
          stride[i] >= 1)
      ) {
        fail(
          `slice ${formatAval(x)}`,
          `${start[i]}:${limit[i]}:${stride[i]} was given on axis ${i}`,
          `0 <= start <= limit <= ${size} and a stride of at least 1`,
        );
      }
    });
    const shape = x.shape.map((_, i) =>
      Math.ceil((limit[i] - start[i]) / stride[i])
    );
    return [{ dtype: x.dtype, shape }];
  },
  pad: ([x, fill], { lo, hi, inner }) => {
    needSame("pad", fill, { dtype: x.dtype, shape: [] });
    const shape = x.shape.map((n, i) =>
      n + lo[i] + hi[i] + Math.max(0, n - 1) * inner[i]
    );
    if ([...lo, ...hi, ...inner].some((n) => n < 0)) {
      fail(`pad ${formatAval(x)}`, `widths ${lo} and ${hi}`, "none negative");
    }
    return [{ dtype: x.dtype, shape }];
  },
  concat: (xs, { axis }) => {
    const [x] = xs;
    for (const y of xs) {
      if (
        y.dtype !== x.dtype ||
        !sameShape(withoutAxes(y.shape, [axis]), withoutAxes(x.shape, [axis]))
      ) {
        fail(
          `concatenate along axis ${axis}`,
          xs.map(formatAval).join(", ") + " were given",
          "equal dtypes and sizes on all other axes",
        );
      }
    }
    const shape = [...x.shape];
    shape[axis] = xs.reduce((n, y) => n + y.shape[axis], 0);
    return [{ dtype: x.dtype, shape }];
  },
  reverse: same,
  gather: ([x, indices], { axis, batchDims }) => {
    needDtype("gather", indices, ["i32"]);
    needBatch("gather", x, indices, batchDims);
    if (x.shape[axis] === 0 && sizeOf(indices.shape) > 0) {
      fail(
        "gather",
        `axis ${axis} of ${formatAval(x)}`,
        "at least one element",
      );
    }
    const shape = gatherShape(x.shape, indices.shape, axis, batchDims);
    return [{ dtype: x.dtype, shape }];
  },
  scatter: ([x, indices, updates], { axis, batchDims, mode }) => {
    needDtype("scatter", indices, ["i32"]);
    needBatch("scatter", x, indices, batchDims);
    if (mode !== "set") needDtype(`scatter (${mode})`, x, NUMERIC);
    const shape = gatherShape(x.shape, indices.shape, axis, batchDims);
    needSame("scatter", updates, { dtype: x.dtype, shape });
    return [x];
  },
  dynamicSlice: ([x, starts], { sizes, batchDims }) => {
    needStarts("slice", x, starts, batchDims);
    const dims = x.shape.slice(batchDims);
    if (sizes.length !== dims.length || sizes.some((n, i) => n > dims[i])) {
      fail(
        `slice ${formatAval(x)}`,
        `sizes [${sizes}] were given`,
        "one per axis, none larger than the axis",
      );
    }
    return [{
      dtype: x.dtype,
      shape: [...x.shape.slice(0, batchDims), ...sizes],
    }];
  },
  dynamicUpdateSlice: ([x, update, starts], { batchDims }) => {
    needStarts("update a slice", x, starts, batchDims);
    needBatch("update a slice", x, update, batchDims);
    const fits = update.dtype === x.dtype &&
      update.shape.length === x.shape.length &&
      update.shape.every((n, i) => n <= x.shape[i]);
    if (!fits) {
      fail(
        `update a slice of ${formatAval(x)}`,
        `${formatAval(update)} was given`,
        "the same dtype and rank, no axis larger",
      );
    }
    return [x];
  },
  reduce: ([x], { op, axes }) => {
    needDtype(op, x, NUMERIC);
    if (
      (op === "max" || op === "min") && axes.some((a) => x.shape[a] === 0)
    ) {
      fail(op, `${formatAval(x)} has no elements on axes [${axes}]`, "some");
    }
    return [{ dtype: x.dtype, shape: withoutAxes(x.shape, axes) }];
  },
  argreduce: ([x], { op, axis }) => {
    needDtype(`arg${op}`, x, NUMERIC);
    if (x.shape[axis] === 0) {
      fail(
        `arg${op}`,
        `${formatAval(x)} has no elements on axis ${axis}`,
        "some",
      );
    }
    return [{ dtype: "i32", shape: withoutAxes(x.shape, [axis]) }];
  },
  sort: (operands, { axis, keys }) => {
    const [{ shape }] = operands;
    const odd = operands.find((x) => !sameShape(x.shape, shape));
    if (odd !== undefined) {
      fail(
        `sort along axis ${axis}`,
        `${operands.map(formatAval).join(", ")} were given`,
        "operands of one shape",
      );
    }
    if (!(axis >= 0 && axis < shape.length)) {
      fail(
        `sort ${formatAval(operands[0])}`,
        `axis ${axis}`,
        "one that it has",
      );
    }
    if (!(keys >= 1 && keys <= operands.length)) {
      fail(
        "sort",
        `${keys} keys were asked of ${operands.length} operands`,
        "at least one, and no more than there are operands",
      );
    }
    return [...operands];
  },
  cumsum: ([x]) => {
    needDtype("cumsum", x, ["f32", "i32"]);
    return [x];
  },
  dot: ([a, b], params) => {
    needDtype("multiply matrices", a, FLOAT);
    needDtype("multiply matrices", b, FLOAT);
    return [{ dtype: "f32", shape: dotShape(a, b, params) }];
  },
  conv: convAvals,
  reduceWindow: reduceWindowAvals,
  argWindow: argWindowAvals,
  random: ([key], { draw }) => {
    const batch = key.shape.slice(0, -1);
    if (key.dtype !== "u32" || key.shape.at(-1) !== 2) {
      fail(
        "draw random numbers",
        `key ${formatAval(key)} was given`,
        "u32[..,2]",
      );
    }
    const shape = draw.kind === "key"
      ? key.shape
      : draw.kind === "split"
      ? [...batch, draw.count, 2]
      : [...batch, ...draw.shape];
    return [{ dtype: "u32", shape }];
  },
  stopGradient: same,
  psum: ([x], { op, axisName }) => {
    needDtype(`${op} over axis "${axisName}"`, x, NUMERIC);
    return [x];
  },
  axisIndex: () => [{ dtype: "i32", shape: [] }],
  scan: scanAvals,
  while: whileAvals,
  cond: condAvals,
  customVjp: (_, { primal }) => primal.outputs.map((i) => primal.avals[i]),
  debugPrint: () => [],
};

/**
 * Avals of a node's outputs.
 *
 * @throws {ShapeError} If the operands do not fit the primitive.
 */
export function inferAvals<P extends Primitive>(
  primitive: P,
  operands: readonly Aval[],
  params: PrimitiveParams[P],
): Aval[] {
  return (RULES[primitive] as Rule<P>)(operands, params);
}

/** Whether gradients can flow through a value of this aval. */
export function isDifferentiable(aval: Aval): boolean {
  return isFloat(aval.dtype);
}
