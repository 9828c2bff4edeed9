/**
 * The simplification of each primitive; `null` where value numbering is all
 * there is to do.
 *
 * @module
 */
import type { Primitive } from "../../ir/primitives.ts";
import { inline } from "../../ir/program.ts";
import { binaryRule } from "./arithmetic.ts";
import { conv, dot } from "./dot.ts";
import {
  affine,
  bitcastRule,
  castRule,
  compare,
  select,
  unary,
} from "./elementwise.ts";
import {
  broadcast,
  concat,
  iota,
  pad,
  reshape,
  reverse,
  transpose,
} from "./movement.ts";
import { cond, whileLoop } from "./flow.ts";
import { random } from "./random.ts";
import {
  argreduce,
  cumsum,
  reduce,
  reduceWindow,
  scatter,
  sort,
} from "./reductions.ts";
import type { Rule } from "./rewriter.ts";
import { scan } from "./scan.ts";
import { dynamicSlice, dynamicUpdateSlice, gather, slice } from "./slices.ts";

/** One row per primitive. */
export const RULES: { readonly [P in Primitive]: Rule<P> | null } = {
  constant: null,
  iota,
  unary,
  binary: binaryRule,
  compare,
  select,
  affine,
  cast: castRule,
  bitcast: bitcastRule,
  broadcast,
  reshape,
  transpose,
  slice,
  pad,
  concat,
  reverse,
  gather,
  scatter,
  dynamicSlice,
  dynamicUpdateSlice,
  reduce,
  argreduce,
  sort,
  cumsum,
  dot,
  conv,
  reduceWindow,
  argWindow: null,
  random,
  // Derivatives are taken before, so nothing needs these any more.
  stopGradient: (_, [x]) => x,
  customVjp: (r, inputs, { primal }) => inline(r, primal, inputs),
  psum: null,
  axisIndex: null,
  scan,
  while: whileLoop,
  cond,
  debugPrint: null,
};
