/**
 * Value numbers: one for each different computation. The common primitives have
 * short writers of their own for their parameters, because a training step asks
 * for thousands.
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

/** Value numbers: which node computes what. */
export class ValueNumbers {
  readonly #byPrimitive = new Map<Primitive, Map<string, Same>>();

  /**
   * The outputs of the node that computes the same, or those of `append`, which
   * are then remembered. Operands of commutative operations may be swapped, and
   * a comparison counts as its mirror image.
   */
  find<P extends Primitive>(
    primitive: P,
    inputs: readonly ValueId[],
    params: PrimitiveParams[P],
    append: () => readonly ValueId[],
  ): readonly ValueId[] {
    const mirrored = inputs.length === 2 && inputs[0] > inputs[1]
      ? mirror(primitive, params)
      : undefined;
    const operands = mirrored === undefined
      ? operandsKey(inputs)
      : pair(inputs[1], inputs[0]);
    const same = this.#same(
      primitive,
      mirrored ?? paramsText(primitive, params),
    );
    let outputs = same.get(operands);
    if (outputs === undefined) {
      outputs = append();
      same.set(operands, outputs);
    }
    return outputs;
  }

  #same(primitive: Primitive, text: string): Same {
    let byText = this.#byPrimitive.get(primitive);
    if (byText === undefined) {
      this.#byPrimitive.set(primitive, byText = new Map());
    }
    let same = byText.get(text);
    if (same === undefined) byText.set(text, same = new Map());
    return same;
  }
}

/** Outputs of the nodes of one primitive and parameters, by operands. */
type Same = Map<number | string, readonly ValueId[]>;

/** A number for two operands; no Program has so many values. */
const pair = (a: ValueId, b: ValueId): number => a * 2 ** 26 + b;

function operandsKey(inputs: readonly ValueId[]): number | string {
  if (inputs.length === 2) return pair(inputs[0], inputs[1]);
  return inputs.length === 1 ? ~inputs[0] : inputs.join();
}

/** The operation is all there is to say. */
const NAMED: ReadonlySet<Primitive> = new Set<Primitive>([
  "unary",
  "binary",
  "compare",
]);

/** Parameters stay the same objects from pass to pass. */
const texts = new WeakMap<object, string>();

function paramsText<P extends Primitive>(
  primitive: P,
  params: PrimitiveParams[P],
): string {
  if (NAMED.has(primitive)) return (params as { op: string }).op;
  let text = texts.get(params);
  if (text === undefined) {
    const write = WRITERS[primitive] as Writer<P> | undefined;
    text = write ? write(params) : paramsKey(params);
    texts.set(params, text);
  }
  return text;
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
