/**
 * Reverse mode through cond: the branch that runs hands out what its own way
 * back needs, and a second cond takes that way.
 *
 * @module
 */
import { type Aval, sameShape } from "../base/shape.ts";
import {
  Builder,
  inline,
  type Node,
  type Program,
  type ValueId,
} from "../ir/program.ts";
import { Ops } from "./ops.ts";
import type { Vjp } from "./vjp.ts";
import type { Differentiate, Special } from "./vjp_control.ts";

/** Where the way back finds a residual of a branch. */
type Residual =
  /** It is an operand of the branch. */
  | { readonly operand: number }
  /** It is handed out, in a place that other branches use for theirs. */
  | { readonly place: number };

/** The residuals of each branch, and what places they need together. */
interface Residuals {
  readonly of: readonly (readonly Residual[])[];
  readonly places: readonly Aval[];
}

/** cond: all branches yield all residuals, zeros for those of the others. */
export function condForward(
  builder: Builder,
  node: Node<"cond">,
  inputs: readonly ValueId[],
  active: readonly boolean[],
  vjp: Differentiate,
): Special {
  const { branches } = node.params;
  const [first] = branches;
  const wrt = first.inputs.map((id, i) =>
    active[1 + i] && first.avals[id].dtype === "f32"
  );
  const rules = branches.map((branch) => vjp(branch, wrt));
  const count = first.outputs.length;
  const residuals = placeResiduals(rules, count);
  const values = builder.emit("cond", inputs, {
    branches: rules.map((rule, k) =>
      forwardBranch(rule, count, residuals, residuals.of[k])
    ),
  });
  return {
    outputs: values.slice(0, count),
    backward: (pass, outputs) => {
      const used = first.inputs.map((_, i) =>
        residuals.of.some((list) =>
          list.some((r) => "operand" in r && r.operand === i)
        )
      );
      const cts = first.outputs.map((_, i) => i).filter((i) =>
        rules.some(({ cotangents }) => cotangents.includes(i))
      );
      const operands = first.inputs.map((_, i) => i).filter((i) => used[i]);
      const gradients = pass.ops.target.emit("cond", [
        pass.primal(inputs[0]),
        ...operands.map((i) => pass.primal(inputs[1 + i])),
        ...values.slice(count).map((id) => pass.primal(id)),
        ...cts.map((i) => pass.gradient(outputs[i])),
      ], {
        branches: rules.map((rule, k) =>
          backwardBranch(first, rule, residuals.of[k], {
            operands,
            places: residuals.places,
            cts,
          })
        ),
      });
      let next = 0;
      return [null, ...wrt.map((w) => w ? gradients[next++] : null)];
    },
  };
}

function placeResiduals(rules: readonly Vjp[], count: number): Residuals {
  const places: Aval[] = [];
  const of = rules.map(({ forward }) => {
    const taken = new Set<number>();
    return forward.outputs.slice(count).map((id): Residual => {
      const operand = forward.inputs.indexOf(id);
      if (operand >= 0) return { operand };
      const { dtype, shape } = forward.avals[id];
      let place = places.findIndex((a, i) =>
        !taken.has(i) && a.dtype === dtype && sameShape(a.shape, shape)
      );
      if (place < 0) place = places.push({ dtype, shape }) - 1;
      taken.add(place);
      return { place };
    });
  });
  return { of, places };
}

/** Operands -> outputs, then what is at each place. */
function forwardBranch(
  { forward }: Vjp,
  count: number,
  { places }: Residuals,
  own: readonly Residual[],
): Program {
  const b = new Builder();
  const args = forward.inputs.map((id) => b.input(forward.avals[id]));
  const outs = inline(b, forward, args);
  const o = new Ops(b);
  const kept = places.map((aval, place) => {
    const i = own.findIndex((r) => "place" in r && r.place === place);
    return i < 0 ? o.full(aval, 0) : outs[count + i];
  });
  return b.build([...outs.slice(0, count), ...kept]);
}

/** Used operands, places, cotangents -> gradients of the operands in wrt. */
function backwardBranch(
  { avals, inputs, outputs }: Program,
  { backward, cotangents }: Vjp,
  own: readonly Residual[],
  given: {
    readonly operands: readonly number[];
    readonly places: readonly Aval[];
    readonly cts: readonly number[];
  },
): Program {
  const b = new Builder();
  const operands = given.operands.map((i) => b.input(avals[inputs[i]]));
  const places = given.places.map((aval) => b.input(aval));
  const cts = given.cts.map((i) => b.input(avals[outputs[i]]));
  return b.build(inline(b, backward, [
    ...own.map((r) =>
      "place" in r
        ? places[r.place]
        : operands[given.operands.indexOf(r.operand)]
    ),
    ...cotangents.map((i) => cts[given.cts.indexOf(i)]),
  ]));
}
