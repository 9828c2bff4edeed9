/**
 * The batched form of primitives with Programs inside.
 *
 * @module
 */
import { range } from "../base/shape.ts";
import { Builder, type Program, type ValueId } from "../ir/program.ts";
import type { Batched, BatchRule } from "./batch_rules.ts";
import { Ops } from "./ops.ts";

const shift = (axes: readonly number[]) => axes.map((a) => a + 1);

/** A value with the batch in front: its own, or a new one. */
function inBatch(o: Ops, { id, batched }: Batched, size: number): ValueId {
  if (batched) return id;
  const shape = o.shape(id);
  return o.broadcast(id, [size, ...shape], shift(range(shape.length)));
}

/** `condition ? a : b` per sample. */
function selectSamples(
  o: Ops,
  condition: ValueId,
  a: ValueId,
  b: ValueId,
): ValueId {
  return o.select(o.broadcast(condition, o.shape(a), [0]), a, b);
}

/** Declares the inputs of a Program, those with the batch among them. */
function declare(
  builder: Builder,
  { inputs, avals }: Program,
  batched: readonly boolean[],
  size: number,
): Batched[] {
  return inputs.map((id, i) => {
    const { dtype, shape } = avals[id];
    const full = { dtype, shape: batched[i] ? [size, ...shape] : shape };
    return { id: builder.input(full), batched: batched[i] };
  });
}

/** scan: a carry becomes batched once the body makes it so. */
export const scan: BatchRule<"scan"> = (c, params) => {
  const { o, size, axisName, inputs } = c;
  const { body, length, constants, carries, reverse } = params;
  const isCarry = (i: number) => i >= constants && i < constants + carries;
  const batched = inputs.map((x) => x.batched);
  let builder: Builder;
  let results: Batched[];
  // A fixpoint.
  for (;;) {
    builder = new Builder();
    const args = declare(builder, body, batched, size);
    results = c.batchNodes(new Ops(builder), body, args, { size, axisName });
    let changed = false;
    for (let i = 0; i < carries; i++) {
      if (results[i].batched && !batched[constants + i]) {
        batched[constants + i] = true;
        changed = true;
      }
    }
    if (!changed) break;
  }
  const inner = new Ops(builder);
  const outputs = results.map((r, i) =>
    i < carries && batched[constants + i] ? inBatch(inner, r, size) : r.id
  );
  const operands = inputs.map((x, i) => {
    if (isCarry(i)) return batched[i] ? c.full(i) : x.id;
    // Sliced inputs have the loop's axis first, then the batch.
    return i >= constants && x.batched ? o.moveAxis(x.id, 0, 1) : x.id;
  });
  const values = o.target.emit("scan", operands, {
    body: builder.build(outputs),
    length,
    constants,
    carries,
    reverse,
  });
  return values.map((id, i) => {
    if (i < carries) return { id, batched: batched[constants + i] };
    const isBatched = results[i].batched;
    return { id: isBatched ? o.moveAxis(id, 1, 0) : id, batched: isBatched };
  });
};

/** customVjp: all three Programs batched. */
export const customVjp: BatchRule<"customVjp"> = (
  c,
  { primal, forward, backward },
) => {
  const { o, size, axisName } = c;
  const all = (n: number) => new Array<number>(n).fill(0);
  const every = (program: Program) =>
    c.batch(program, {
      size,
      axisName,
      inAxes: all(program.inputs.length),
      outAxes: all(program.outputs.length),
    });
  return o.target.emit("customVjp", c.inputs.map((_, i) => c.full(i)), {
    primal: every(primal),
    forward: every(forward),
    backward: every(backward),
  }).map((id) => ({ id, batched: true }));
};

/** A branch under construction, and what it yields. */
interface Branch {
  readonly builder: Builder;
  readonly results: readonly Batched[];
}

/**
 * cond: with one predicate for all samples it stays one; otherwise all branches
 * run, and each sample takes the results of its own.
 */
export const cond: BatchRule<"cond"> = (c, { branches }) => {
  const { o, size, axisName, inputs: [index, ...inputs] } = c;
  const options = { size, axisName };
  if (index.batched) {
    const results = branches.map((branch) =>
      c.batchNodes(o, branch, inputs, options).map((x) => inBatch(o, x, size))
    );
    return results[0].map((_, i) => ({
      batched: true,
      id: results.map((list) => list[i]).reduceRight((later, own, k) =>
        selectSamples(o, o.compareNumber("le", index.id, k), own, later)
      ),
    }));
  }
  const made = branches.map((branch): Branch => {
    const builder = new Builder();
    const flags = inputs.map((x) => x.batched);
    const args = declare(builder, branch, flags, size);
    const inside = new Ops(builder);
    return { builder, results: c.batchNodes(inside, branch, args, options) };
  });
  const batched = made[0].results.map((_, i) =>
    made.some(({ results }) => results[i].batched)
  );
  return o.target.emit("cond", [index.id, ...inputs.map((x) => x.id)], {
    branches: made.map(({ builder, results }) =>
      builder.build(
        results.map((x, i) =>
          batched[i] ? inBatch(new Ops(builder), x, size) : x.id
        ),
      )
    ),
  }).map((id, i) => ({ id, batched: batched[i] }));
};

/**
 * while: runs until all samples are done; a sample that is done keeps its
 * carries.
 */
export const whileLoop: BatchRule<"while"> = (c, params) => {
  const { o, size, axisName, inputs } = c;
  const { condition, body, constants, maxSteps } = params;
  const options = { size, axisName };
  const batched = inputs.map((x) => x.batched);
  const run = (program: Program) => {
    const builder = new Builder();
    const args = declare(builder, program, batched, size);
    const inside = new Ops(builder);
    const results = c.batchNodes(inside, program, args, options);
    return { builder, args, inside, results };
  };
  // A fixpoint: carries depend on the samples if the body makes them so, and
  // all do if the condition does.
  let asks = run(condition);
  let runs = run(body);
  for (;;) {
    const all = asks.results[0].batched;
    const before = batched.join();
    runs.results.forEach((x, i) => batched[constants + i] ||= all || x.batched);
    if (batched.join() === before) break;
    asks = run(condition);
    runs = run(body);
  }
  const perSample = asks.results[0].batched;
  const [{ id: goesOn }] = asks.results;
  const anyGoesOn = perSample
    ? asks.inside.cast(
      asks.inside.reduce("max", asks.inside.cast(goesOn, "i32"), [0]),
      "bool",
    )
    : goesOn;
  const { inside, args } = runs;
  const own = perSample
    ? c.batchNodes(inside, condition, args, options)[0].id
    : -1;
  const carries = runs.results.map((x, i) => {
    if (!batched[constants + i]) return x.id;
    const next = inBatch(inside, x, size);
    const before = args[constants + i].id;
    return perSample ? selectSamples(inside, own, next, before) : next;
  });
  const operands = inputs.map((x, i) => batched[i] ? c.full(i) : x.id);
  return o.target.emit("while", operands, {
    condition: asks.builder.build([anyGoesOn]),
    body: runs.builder.build(carries),
    constants,
    maxSteps,
  }).map((id, i) => ({ id, batched: batched[constants + i] }));
};
