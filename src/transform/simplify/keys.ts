/**
 * Value numbers: text that is equal exactly when two nodes compute the same.
 * The common primitives have short writers of their own, because a training
 * step asks for thousands of keys.
 *
 * @module
 */
import type {
  BinaryOp,
  CompareOp,
  Primitive,
  PrimitiveParams,
} from "../../ir/primitives.ts";
import { paramsKey, type ValueId } from "../../ir/program.ts";

type Writer<P extends Primitive> = (params: PrimitiveParams[P]) => string;

const COMMUTATIVE: ReadonlySet<BinaryOp> = new Set<BinaryOp>([
  "add",
  "mul",
  "max",
  "min",
  "and",
  "or",
  "xor",
]);

/** The comparison that holds for swapped operands. */
const SWAPPED: Record<CompareOp, CompareOp> = {
  eq: "eq",
  ne: "ne",
  lt: "gt",
  le: "ge",
  gt: "lt",
  ge: "le",
};

const number = (value: number) => Object.is(value, -0) ? "-0" : `${value}`;

const WRITERS: { readonly [P in Primitive]?: Writer<P> } = {
  constant: ({ dtype, value }) => dtype + number(value),
  iota: ({ dtype, shape, axis }) => `${dtype}[${shape}]${axis}`,
  unary: ({ op }) => op,
  binary: ({ op }) => op,
  compare: ({ op }) => op,
  select: () => "",
  affine: ({ scale, shift }) => `${number(scale)},${number(shift)}`,
  cast: ({ dtype }) => dtype,
  bitcast: ({ dtype }) => dtype,
  broadcast: ({ shape, axes }) => `[${shape}]${axes}`,
  reshape: ({ shape }) => `${shape}`,
  transpose: ({ perm }) => `${perm}`,
  slice: ({ start, limit, stride }) => `${start}:${limit}:${stride}`,
  pad: ({ lo, hi, inner }) => `${lo}:${hi}:${inner}`,
  concat: ({ axis }) => `${axis}`,
  reverse: ({ axes }) => `${axes}`,
  reduce: ({ op, axes }) => op + axes,
  dot: ({ contract: [a, b], batch: [c, d] }) => `${a}x${b};${c}x${d}`,
};

/**
 * Key of a node. Operands of commutative operations are sorted, and a
 * comparison counts as its mirror image.
 */
export function nodeKey<P extends Primitive>(
  primitive: P,
  inputs: readonly ValueId[],
  params: PrimitiveParams[P],
): string {
  if (inputs.length === 2 && inputs[0] > inputs[1]) {
    const mirrored = mirror(primitive, params);
    if (mirrored) return `${primitive} ${mirrored} ${inputs[1]},${inputs[0]}`;
  }
  const write = WRITERS[primitive] as Writer<P> | undefined;
  return `${primitive} ${write ? write(params) : paramsKey(params)} ${inputs}`;
}

function mirror(
  primitive: Primitive,
  params: PrimitiveParams[Primitive],
): string | undefined {
  if (primitive === "binary") {
    const { op } = params as PrimitiveParams["binary"];
    return COMMUTATIVE.has(op) ? op : undefined;
  }
  return primitive === "compare"
    ? SWAPPED[(params as PrimitiveParams["compare"]).op]
    : undefined;
}
