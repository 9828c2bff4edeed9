/**
 * The rules that every Plan keeps, checked without running it: views stay
 * inside their buffers, buffers inside the arena, and what a call writes
 * overlaps what it reads only in the ways kernels allow.
 */
import { sizeOf } from "../../src/base/shape.ts";
import {
  type Call,
  type Plan,
  type Step,
  stepLists,
  type View,
} from "../../src/device/plan.ts";

function require(condition: boolean, what: string): void {
  if (!condition) throw new Error(`A plan breaks a rule: ${what}`);
}

/** First and last element of a view, in its buffer. */
function extent({ offset, shape, strides }: View): [number, number] {
  let low = offset;
  let high = offset;
  shape.forEach((n, i) => {
    const reach = (n - 1) * strides[i];
    if (reach < 0) low += reach;
    else high += reach;
  });
  return [low, high];
}

function isContiguous({ shape, strides }: View): boolean {
  let n = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] !== 1 && strides[i] !== n) return false;
    n *= shape[i];
  }
  return true;
}

/** The view without its first `n` axes. */
function lastAxes(view: View, n: number): View {
  const { shape, strides } = view;
  return { ...view, shape: shape.slice(n), strides: strides.slice(n) };
}

function sameView(a: View, b: View): boolean {
  const text = ({ buffer, offset, shape, strides }: View) =>
    `${buffer}|${offset}|${shape}|${strides}`;
  return text(a) === text(b);
}

/** Whether two views may share elements in one iteration. */
function overlap(plan: Plan, a: View, b: View): boolean {
  if (sizeOf(a.shape) === 0 || sizeOf(b.shape) === 0) return false;
  const x = plan.buffers[a.buffer];
  const y = plan.buffers[b.buffer];
  if (x.base !== y.base) return false;
  if (JSON.stringify(x.steps) !== JSON.stringify(y.steps)) return false;
  const [lowA, highA] = extent(a).map((i) => x.offset + 4 * i);
  const [lowB, highB] = extent(b).map((i) => y.offset + 4 * i);
  return lowA <= highB && lowB <= highA;
}

function checkCall(plan: Plan, call: Call): void {
  const { kernel, reads, writes } = call;
  for (const view of [...reads, ...writes]) {
    const place = plan.buffers[view.buffer];
    require(place !== undefined, `buffer ${view.buffer} does not exist`);
    if (sizeOf(view.shape) === 0) continue;
    const [low, high] = extent(view);
    require(low >= 0 && high < place.size, "a view leaves its buffer");
  }
  for (const write of writes) {
    for (const read of reads) {
      if (!overlap(plan, write, read)) continue;
      require(
        kernel.kind === "map" && sameView(write, read),
        `${kernel.kind} overwrites what it reads`,
      );
    }
  }
  if (kernel.kind === "map" || kernel.kind === "reduce") {
    require(kernel.shape.length > 0, "a loop has rank 0");
    const all = kernel.kind === "map" ? [...reads, ...writes] : reads;
    for (const view of all) {
      require(
        `${view.shape}` === `${kernel.shape}`,
        `a view of a ${kernel.kind} has another shape`,
      );
    }
  } else if (kernel.kind === "dot" || kernel.kind === "pack") {
    const unit = ({ shape, strides }: View, axis: number) =>
      shape[axis] === 1 || strides[axis] === 1;
    const right = reads[reads.length - 1];
    if (kernel.kind === "pack") {
      require(unit(right, 1) || unit(right, 2), "no matrix axis has stride 1");
    } else if (kernel.packed) {
      require(unit(right, 1), "a packed operand has gaps");
    } else {
      require(
        unit(right, 2) || unit(right, 1) && unit(reads[0], 2),
        "no axis of a product has stride 1",
      );
    }
  } else if (kernel.kind === "conv") {
    const [, weights] = reads;
    for (const view of [weights, ...writes]) {
      require(isContiguous(lastAxes(view, 3)), "windows are out of order");
    }
  } else if (kernel.kind === "winograd") {
    const [x, weights] = reads;
    require(x.strides[4] === 1, "rows are out of order");
    require(isContiguous(weights), "weights are out of order");
    for (const view of writes) {
      require(isContiguous(lastAxes(view, 3)), "places are out of order");
    }
  } else if (kernel.kind === "winogradWeights") {
    require(reads[0].shape.length === 5, "weights have another rank");
  } else if (kernel.kind === "reduceWindow" || kernel.kind === "argWindow") {
    const rank = 1 + kernel.window.length;
    require(
      [...reads, ...writes].every(({ shape }) => shape.length === rank),
      `a view of a ${kernel.kind} has another rank`,
    );
  } else {
    require(reads.every(isContiguous), `${kernel.kind} reads a strided view`);
  }
  if (!["map", "conv", "winograd"].includes(kernel.kind)) {
    require(writes.every(isContiguous), `${kernel.kind} writes out of order`);
  }
}

/** Throws where a Plan breaks a rule of Plans. */
export function checkPlan(plan: Plan): void {
  const walk = (steps: readonly Step[]) => {
    for (const step of steps) {
      if (step.step === "call") checkCall(plan, step);
      else {
        if (step.step === "loop") {
          require(step.count > 0 && step.body.length > 0, "an empty loop");
        } else {
          const { dtype, shape } = step.step === "while"
            ? step.flag
            : step.index;
          require(
            sizeOf(shape) === 1 &&
              dtype === (step.step === "while" ? "bool" : "i32"),
            "what decides is no scalar of its dtype",
          );
        }
        stepLists(step).forEach(walk);
      }
    }
  };
  walk(plan.steps);
  for (const { base, offset, size } of plan.buffers) {
    if (base === 0) {
      require(offset + 4 * size + 16 <= plan.arenaBytes, "arena too small");
      require(offset % 4 === 0, "misaligned buffer");
    }
  }
}
