/**
 * Choices and loops: which of them happen while a function is traced, and which
 * each time that it runs.
 *
 *   bun run examples/flow.ts
 */
import { jnp, px, pxf, type Tensor } from "../mod.ts";
import { start } from "./support/start.ts";

const { quick } = await start(
  "flow",
  "Shows choices and loops in jitted code.",
);
const steps = quick ? 64 : 1024;

class Counter extends px.Module {
  // Static: part of what is compiled. A change traces again.
  isUp: px.Static<boolean> = px.static(true);
  value: px.Param<Tensor> = new px.Param(jnp.zeros([]));
}
type Tracked = { counter: Counter };
const counter = new Counter();
const show = async (what: string): Promise<void> =>
  console.log(`${what.padEnd(52)} ${await counter.value.get()!.item()}`);

// An ordinary `if` chooses while tracing.
const count = pxf.jit((x: Tensor, { counter }: Tracked) => {
  const { value } = counter;
  value.set(counter.isUp.get() ? value.get()!.add(x) : value.get()!.sub(x));
});
count(jnp.ones([]), { counter });
count(jnp.ones([]), { counter });
await show("counted up twice");
counter.isUp.set(false);
count(jnp.ones([]), { counter });
await show(`down once, after ${count.traces} traces`);

// pxf.cond chooses each time, by a tensor. Both branches may change params.
const step = pxf.cond(
  (x: Tensor, { counter }: Tracked) => {
    counter.value.set(counter.value.get()!.add(x));
    return x;
  },
  (x: Tensor, { counter }: Tracked) => {
    counter.value.set(counter.value.get()!.mul(2));
    return x.neg();
  },
);
const choose = pxf.jit((x: Tensor, { counter }: Tracked) =>
  step(x.greater(0), x, { counter })
);
choose(jnp.ones([]), { counter });
choose(jnp.ones([]).neg(), { counter });
await show(`added 1, then doubled, by ${choose.traces} trace`);

// pxf.switch chooses among more, by an index.
const operations = pxf.switch(
  [0, 1, 2].map((n) => (x: Tensor, { counter }: Tracked) => {
    counter.value.set(counter.value.get()!.add(n));
    return x;
  }),
);
const operate = pxf.jit((index: Tensor, { counter }: Tracked) =>
  operations(index, index, { counter })
);
operate(jnp.asarray(2), { counter });
await show("added 2, which was the third choice");

// pxf.scan repeats a body that is compiled once, however often it runs.
const repeat = pxf.jit((x: Tensor, { counter }: Tracked) =>
  pxf.scan((_: null, x: Tensor, { counter }: Tracked): [Tensor, Tensor] => {
    counter.value.set(counter.value.get()!.add(x));
    return [x, counter.value.get()!];
  }, { length: steps })(x, { counter })
);
const [, sums] = repeat(jnp.ones([]), { counter });
await show(`added 1 for ${steps} times`);
console.log(`all values on the way: ${(sums as Tensor).shape[0]} of them`);

// pxf.whileLoop goes on as long as params or arguments say so. A GPU is told the
// most turns, and nobody waits for it.
const halve = pxf.whileLoop(
  (x: Tensor, { counter }: Tracked) => {
    counter.value.set(counter.value.get()!.div(2));
    return x.add(1);
  },
  (_: Tensor, { counter }: Tracked) => counter.value.get()!.greater(1),
  { maxSteps: 32 },
);
const [turns] = pxf.jit((x: Tensor, { counter }: Tracked) =>
  halve(x, { counter })
)(jnp.zeros([]), { counter });
await show("halved until it was at most 1");
console.log(`in ${await (turns as Tensor).item()} turns`);
