/**
 * The calls of a Plan as operations: one row per kind of kernel.
 *
 * @module
 */
import type { DType } from "../../base/dtype.ts";
import { sizeOf } from "../../base/shape.ts";
import {
  type Call,
  type Kernel,
  packedSize,
  type Plan,
  type Step,
  stepLists,
} from "../plan.ts";
import { type Address, Assembly, Scratch } from "./assembly.ts";
import {
  argreduceKernel,
  type KernelName,
  scatterKernel,
} from "./kernel_names.ts";
import { type Kernels, PANEL } from "./kernel_types.ts";
import { assembleMap } from "./maps.ts";
import { assembleReduce } from "./reductions.ts";
import { assembleWinograd, assembleWinogradWeights } from "./winograd.ts";
import { assembleConv, assembleWindows } from "./windows.ts";

type Of<K extends Kernel["kind"]> = Extract<Kernel, { kind: K }>;

/** A Plan as operations. */
export function assemble(plan: Plan, kernels: Kernels): Assembly {
  const assembly = new Assembly(plan, kernels);
  assembleSteps(assembly, plan.steps);
  return assembly;
}

function assembleSteps(assembly: Assembly, steps: readonly Step[]): void {
  for (const step of steps) {
    if (step.step === "call") {
      assembly.task(step, () => assembleCall(assembly, step, step.kernel));
    } else if (step.step === "loop") {
      const { count, body, id } = step;
      assembly.loop(count, () => assembleSteps(assembly, body), { id });
    } else {
      const [decides, most] = step.step === "while"
        ? [step.flag, step.most]
        : [step.index, null];
      const bodies = stepLists(step).map((list) =>
        assembly.collect(() => assembleSteps(assembly, list))
      );
      const at = assembly.address(decides);
      assembly.add({ op: "choice", kind: step.step, at, most, bodies });
    }
  }
}

function assembleCall(assembly: Assembly, call: Call, kernel: Kernel): void {
  const reads = call.reads.map((v) => assembly.address(v));
  const writes = call.writes.map((v) => assembly.address(v));
  const [x, y] = reads;
  const [out] = writes;
  switch (kernel.kind) {
    case "map":
      return assembleMap(assembly, call, kernel);
    case "reduce":
      return assembleReduce(assembly, call, kernel);
    case "dot":
      return assembleDot(assembly, call, kernel);
    case "pack":
      return assemblePack(assembly, call, kernel);
    case "argreduce": {
      const { outer, red, inner, op } = kernel;
      const name = argreduceKernel(op, call.reads[0].dtype);
      return assembly.call(name, outer, red, inner, x, out);
    }
    case "sort":
      return assembleSort(assembly, call, kernel);
    case "cumsum": {
      const { outer, red, inner, reverse } = kernel;
      const name = call.reads[0].dtype === "f32" ? "cumsum" : "cumsum_i32";
      return assembly.call(name, outer, red, inner, x, out, Number(reverse));
    }
    case "gather":
      return indexed(assembly, kernel, "gather", "gather_b", x, y, out);
    case "scatter": {
      const { dtype } = call.writes[0];
      const shared = scatterKernel(kernel.mode, dtype, "");
      const own = scatterKernel(kernel.mode, dtype, "_b");
      return indexed(assembly, kernel, shared, own, out, x, y);
    }
    case "dynamicSlice":
    case "dynamicUpdateSlice": {
      const { batch, shape, sizes } = kernel;
      const slice = kernel.kind === "dynamicSlice";
      if (batch * sizeOf(sizes) === 0) return;
      return assembly.add({
        op: "window",
        kernel: slice ? "strided4" : "strided_store4",
        batch,
        shape,
        sizes,
        whole: slice ? x : out,
        window: slice ? out : x,
        starts: y,
      });
    }
    case "winogradWeights":
      return assembleWinogradWeights(assembly, call);
    case "winograd":
      return assembleWinograd(assembly, call);
    case "conv":
      return assembleConv(assembly, call, kernel);
    case "reduceWindow":
    case "argWindow":
      return assembleWindows(assembly, call, kernel);
    case "random":
      return assembleRandom(assembly, kernel, x, out);
  }
}

function assembleDot(
  assembly: Assembly,
  call: Call,
  { b, m, n, k, packed }: Of<"dot">,
): void {
  const [x, y] = call.reads;
  const [sx, rows, steps] = x.strides;
  const [sy, ldb] = y.strides;
  const [left, right] = call.reads.map((v) => assembly.address(v));
  const out = assembly.address(call.writes[0]);
  assembly.loop(b, (id) => {
    const l = assembly.moving(left, id, 4 * sx);
    const r = assembly.moving(right, id, 4 * sy);
    const o = assembly.moving(out, id, 4 * m * n);
    if (packed) {
      const columns = panels(assembly, n);
      assembly.call(
        "gemm_packed",
        m,
        n,
        k,
        l,
        rows,
        steps,
        r,
        o,
        n,
        ...columns,
      );
    } else if (n === 1 || y.strides[2] === 1) {
      const columns = panels(assembly, n);
      assembly.call("gemm", m, n, k, l, rows, steps, r, ldb, o, n, ...columns);
    } else {
      assembly.call("gemm_dots", m, n, k, l, rows, r, y.strides[2], o, n);
    }
  }, { parallel: true });
}

/** First panel and their number; what a thread starts with is an address. */
function panels(assembly: Assembly, n: number): [Address, number] {
  return [{ slot: assembly.zero, offset: 0 }, Math.ceil(n / PANEL)];
}

function assemblePack(
  assembly: Assembly,
  call: Call,
  { b, k, n }: Of<"pack">,
): void {
  const [sx, sk, sn] = call.reads[0].strides;
  const from = assembly.address(call.reads[0]);
  const to = assembly.address(call.writes[0]);
  const transposed = n > 1 && sn !== 1;
  const ldb = transposed ? sn : sk;
  assembly.loop(b, (id) => {
    const x = assembly.moving(from, id, 4 * sx);
    const p = assembly.moving(to, id, 4 * packedSize(k, n));
    const [first, count] = panels(assembly, n);
    const form = Number(transposed);
    assembly.call("gemm_pack", k, n, x, ldb, form, first, count, p);
  }, { parallel: true });
}

/** Gather or scatter: `whole` and `part` are its data, large and small. */
function indexed(
  assembly: Assembly,
  { batch, outer, n, inner, count }: Of<"gather" | "scatter">,
  shared: KernelName,
  own: KernelName,
  whole: Address,
  indices: Address,
  part: Address,
): void {
  if (batch * outer * inner * count === 0) return;
  if (batch > 1 && outer === 1) {
    assembly.call(own, batch, n, inner, count, whole, indices, part);
    return;
  }
  assembly.loop(batch, (id) => {
    const w = assembly.moving(whole, id, 4 * outer * n * inner);
    const i = assembly.moving(indices, id, 4 * count);
    const p = assembly.moving(part, id, 4 * outer * count * inner);
    assembly.call(shared, outer, n, inner, count, w, i, p);
  });
}

/** How the ranks of a dtype are found. */
const RANK_KIND: { readonly [D in DType]: number } = {
  u32: 0,
  bool: 0,
  i32: 1,
  f32: 2,
};

function assembleSort(
  assembly: Assembly,
  call: Call,
  { rows, n }: Of<"sort">,
): void {
  const scratch = new Scratch(assembly).take(assembly.kernels.sort_scratch(n));
  const places = assembly.address(call.writes[0]);
  call.reads.toReversed().forEach((key, i) => {
    const kind = RANK_KIND[key.dtype];
    const x = assembly.address(key);
    assembly.call(
      "sort_by",
      rows,
      n,
      kind,
      Number(i === 0),
      x,
      places,
      scratch,
    );
  });
}

const KEY = 0;
const SPLIT = 1;
const BITS = 2;

function assembleRandom(
  assembly: Assembly,
  { batch, params }: Of<"random">,
  keys: Address,
  out: Address,
): void {
  const { draw, path, partitionable } = params;
  const steps = assembly.integers(path.flat());
  const walk = [batch, keys, steps, path.length, Number(partitionable)];
  if (draw.kind === "key") {
    assembly.call("random_bits", ...walk, KEY, 0, 1, 1, out);
  } else if (draw.kind === "split") {
    const { start, count, total } = draw;
    assembly.call("random_bits", ...walk, SPLIT, start, count, total, out);
  } else {
    const n = sizeOf(draw.shape);
    assembly.call("random_bits", ...walk, BITS, 0, n, n, out);
  }
}
