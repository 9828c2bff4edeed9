/**
 * Einstein summation, step by step: each operand joins the result by one dot.
 *
 * @module
 */
import { ShapeError } from "../base/errors.ts";
import { formatAval } from "../base/shape.ts";
import type { Value } from "../transform/trace.ts";
import { Tensor } from "./tensor.ts";
import { dotGeneral } from "./values/dot.ts";
import { describe, type TensorLike, toValue } from "./values/host.ts";
import { transpose } from "./values/movement.ts";
import { compute } from "./values/operand.ts";
import { reduce } from "./values/reduce.ts";

/** A value and the letter of each of its axes. */
interface Term {
  readonly value: Value;
  readonly letters: string;
}

/**
 * Sums of products by the letters of axes: those of each operand, then after
 * the arrow those of the result. Without an arrow, the letters that occur once,
 * in alphabetic order.
 *
 * @example
 * ```ts
 * import { einsum, ones } from "@vodes/vodes/numpy";
 * console.log(einsum("bij,bjk->bik", ones([4, 2, 3]), ones([4, 3, 5])).shape);
 * ```
 */
export function einsum(formula: string, ...operands: TensorLike[]): Tensor {
  if (typeof formula !== "string") {
    throw new ShapeError(
      `Cannot einsum: the formula is ${describe(formula)}, expected a string ` +
        'such as "ij,jk->ik"',
    );
  }
  const [left, right] = formula.replaceAll(" ", "").split("->");
  const inputs = left.split(",");
  const result = right ?? implicitResult(inputs);
  const values = operands.map(toValue);
  check(formula, inputs, result, values);
  const terms = inputs.map((letters, i) =>
    diagonal({
      value: values[i],
      letters,
    })
  );
  let total = sumUnused(terms[0], terms.slice(1), result);
  terms.slice(1).forEach((next, i) => {
    const later = terms.slice(i + 2);
    const term = sumUnused(next, [total, ...later], result);
    total = join(total, term, later, result);
  });
  const perm = [...result].map((c) => total.letters.indexOf(c));
  return new Tensor(transpose(total.value, perm));
}

function implicitResult(inputs: readonly string[]): string {
  const all = inputs.join("");
  return [...new Set(all)].sort()
    .filter((c) => all.indexOf(c) === all.lastIndexOf(c)).join("");
}

function check(
  formula: string,
  inputs: readonly string[],
  result: string,
  values: readonly Value[],
): void {
  const fail = (why: string): never => {
    const given = values.map((v) => formatAval(v.aval)).join(", ");
    throw new ShapeError(`Cannot einsum "${formula}" of ${given}: ${why}`);
  };
  if (inputs.length !== values.length || values.length === 0) {
    fail(`${inputs.length} operands are named, ${values.length} were given`);
  }
  const sizes = new Map<string, number>();
  inputs.forEach((letters, i) => {
    const { shape } = values[i].aval;
    if (!/^[A-Za-z]*$/.test(letters)) {
      fail(`expected letters, not "${letters}"`);
    }
    if (letters.length !== shape.length) {
      fail(`"${letters}" names ${letters.length} axes, not ${shape.length}`);
    }
    [...letters].forEach((c, axis) => {
      const known = sizes.get(c);
      if (known !== undefined && known !== shape[axis]) {
        fail(`axis "${c}" has sizes ${known} and ${shape[axis]}`);
      }
      sizes.set(c, shape[axis]);
    });
  });
  for (const c of result) {
    if (!sizes.has(c)) fail(`"${c}" of the result is in no operand`);
    if (result.indexOf(c) !== result.lastIndexOf(c)) {
      fail(`"${c}" occurs twice in the result`);
    }
  }
}

/** A letter that occurs twice in one operand means its diagonal. */
function diagonal(term: Term): Term {
  const { letters, value } = term;
  const second = [...letters].findIndex((c, i) => letters.indexOf(c) < i);
  if (second < 0) return term;
  const first = letters.indexOf(letters[second]);
  const { shape } = value.aval;
  const out = compute([value], (o, [id]) => {
    const onDiagonal = o.compare(
      "eq",
      o.iota("i32", shape, first),
      o.iota("i32", shape, second),
    );
    return o.sum(o.keep(onDiagonal, id), [second]);
  });
  const rest = letters.slice(0, second) + letters.slice(second + 1);
  return diagonal({ value: out, letters: rest });
}

/** Sums over letters that neither the others nor the result need. */
function sumUnused(term: Term, others: readonly Term[], result: string): Term {
  const needed = result + others.map((t) => t.letters).join("");
  const axes = [...term.letters].flatMap((c, i) =>
    needed.includes(c) ? [] : [i]
  );
  if (axes.length === 0) return term;
  return {
    value: reduce("sum", term.value, axes),
    letters: [...term.letters].filter((c) => needed.includes(c)).join(""),
  };
}

/** One dot: shared letters that are needed later are batch axes. */
function join(
  a: Term,
  b: Term,
  later: readonly Term[],
  result: string,
): Term {
  const needed = result + later.map((t) => t.letters).join("");
  const shared = [...a.letters].filter((c) => b.letters.includes(c));
  const batch = shared.filter((c) => needed.includes(c));
  const summed = shared.filter((c) => !needed.includes(c));
  const axes = (term: Term, letters: readonly string[]) =>
    letters.map((c) => term.letters.indexOf(c));
  const own = (term: Term) =>
    [...term.letters].filter((c) => !shared.includes(c));
  return {
    value: dotGeneral(
      a.value,
      b.value,
      [axes(a, summed), axes(b, summed)],
      [axes(a, batch), axes(b, batch)],
    ),
    letters: [...batch, ...own(a), ...own(b)].join(""),
  };
}
