/**
 * The instructions of a fused loop as vector code. What has no code of its own
 * is a call of a function of the binary.
 *
 * @module
 */
import type { DType } from "../../../base/dtype.ts";
import type { Instruction } from "../../plan.ts";
import { bitsOf } from "../assembly.ts";
import type { VectorName } from "../kernel_types.ts";
import type { Local } from "./encoder.ts";
import {
  binaryFunction,
  castFunction,
  compareFunction,
  unaryFunction,
} from "./function_names.ts";
import { BINARY, COMPARE, FUNCTIONS } from "./functions.ts";
import type { Vectors } from "./vectors.ts";

/** Four elements of a register. */
export interface Value {
  /** Where they are. */
  readonly local: Local;
  /** Whether truth is all bits of a lane, and not the number 1. */
  readonly mask: boolean;
}

/** Calls a function of the binary on vectors, and doubles after them. */
export type CallFunction = (
  name: VectorName,
  operands: readonly Local[],
  ...numbers: readonly number[]
) => Local;

/** Emits `instruction`; `args` are the values of its operands. */
export function emitInstruction(
  v: Vectors,
  instruction: Instruction,
  args: readonly Value[],
  call: CallFunction,
): Value {
  const words = () => args.map((a) => asWords(v, a));
  const [x, y, z] = args;
  switch (instruction.op) {
    case "constant": {
      const { dtype, value } = instruction;
      return word(v.word(bitsOf(dtype, [value])[0]));
    }
    case "index":
      throw new Error("an index is read from memory");
    case "unary": {
      const { fn, dtype } = instruction;
      if (fn === "isnan") return mask(v.op("ne", x.local, x.local));
      if (fn === "not" && dtype === "bool") {
        return mask(v.op("not", asMask(v, x)));
      }
      return word(unary(v, unaryFunction(fn, dtype), words()[0], call));
    }
    case "binary": {
      const { fn, dtype } = instruction;
      const name = binaryFunction(fn, dtype);
      const code = BINARY[name];
      if (code === undefined) return word(call(name as VectorName, words()));
      const bitwise = fn === "and" || fn === "or" || fn === "xor";
      if (bitwise && x.mask && y.mask) {
        return mask(v.op(code, x.local, y.local));
      }
      return word(v.op(code, ...words()));
    }
    case "compare": {
      const name = compareFunction(instruction.fn, instruction.dtype);
      return mask(v.op(COMPARE[name], ...words()));
    }
    case "select": {
      const [, a, b] = words();
      if (y.mask && z.mask) {
        return mask(v.choose(y.local, z.local, asMask(v, x)));
      }
      return word(v.choose(a, b, asMask(v, x)));
    }
    case "affine": {
      const { scale, shift } = instruction;
      return word(call("affine", words(), scale, shift));
    }
    case "cast":
      return cast(v, instruction.from, instruction.to, x, call);
    case "bitcast":
      return x;
  }
}

/** A value with truth as the number 1, as memory has it. */
export function asWords(v: Vectors, value: Value): Local {
  return value.mask ? v.shift("shrU", value.local, 31) : value.local;
}

function asMask(v: Vectors, value: Value): Local {
  return value.mask ? value.local : v.op("neI", value.local, v.word(0));
}

function word(local: Local): Value {
  return { local, mask: false };
}

function mask(local: Local): Value {
  return { local, mask: true };
}

function unary(
  v: Vectors,
  name: string,
  x: Local,
  call: CallFunction,
): Local {
  const inline = FUNCTIONS[name];
  return inline === undefined ? call(name as VectorName, [x]) : inline(v, x);
}

function cast(
  v: Vectors,
  from: DType,
  to: DType,
  x: Value,
  call: CallFunction,
): Value {
  const name = castFunction(from, to);
  if (name === null) return x;
  if (name === "cast_f32_bool") return mask(v.op("ne", x.local, v.number(0)));
  if (name === "cast_i32_bool") return mask(v.op("neI", x.local, v.word(0)));
  if (x.mask && to === "f32") return word(v.op("and", x.local, v.number(1)));
  return word(unary(v, name, asWords(v, x), call));
}
