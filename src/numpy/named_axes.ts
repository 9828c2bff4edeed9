/**
 * Reductions over the samples of a named `vmap` axis, as in `jax.lax`.
 *
 * @module
 */
import { treeMap } from "../base/tree.ts";
import { bind, type Value } from "../transform/trace.ts";
import { Tensor } from "./tensor.ts";
import { type TensorLike, toValue } from "./values/host.ts";
import { asValue } from "./values/operand.ts";

/** Sum of the tensors (in a tree) over the samples of a named vmap axis. */
export function psum<T>(tree: T, axisName: string): T {
  return treeMap(
    (x: TensorLike) => new Tensor(sumNamed(toValue(x), axisName)),
    tree,
  ) as T;
}

/** Mean of the tensors (in a tree) over the samples of a named vmap axis. */
export function pmean<T>(tree: T, axisName: string): T {
  return treeMap((x: TensorLike) => {
    const total = new Tensor(sumNamed(toValue(x), axisName));
    return total.div(axisSize(axisName));
  }, tree) as T;
}

/** Largest of the tensors (in a tree) over the samples of a named vmap axis. */
export function pmax<T>(tree: T, axisName: string): T {
  return extremeNamed("max", tree, axisName);
}

/** Smallest of the tensors (in a tree) over the samples of a named vmap axis. */
export function pmin<T>(tree: T, axisName: string): T {
  return extremeNamed("min", tree, axisName);
}

/** Number of samples of a named vmap axis, as an f32 scalar. */
export function axisSize(axisName: string): Tensor {
  return new Tensor(sumNamed(asValue(1, "f32"), axisName));
}

function sumNamed(x: Value, axisName: string): Value {
  return reduceNamed("sum", x, axisName);
}

function extremeNamed<T>(op: "max" | "min", tree: T, axisName: string): T {
  return treeMap((x: TensorLike) => {
    const value = toValue(x);
    const out = reduceNamed(op, value, axisName);
    return new Tensor(asValue(out, value.aval.dtype));
  }, tree) as T;
}

function reduceNamed(
  op: "sum" | "max" | "min",
  x: Value,
  axisName: string,
): Value {
  const value = x.aval.dtype === "bool" ? asValue(x, "i32") : x;
  return bind("psum", [value], { op, axisName })[0];
}

/** Index of the sample along a named vmap axis. */
export function axisIndex(axisName: string): Tensor {
  return new Tensor(bind("axisIndex", [], { axisName })[0]);
}
