/** What pxf.jit promises: one trace, tracked params, memory that stays. */
import { describe, it } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { jax, jnp, px, pxc, pxf, type Tensor, tensor } from "../../mod.ts";
import { defaultDevice, init, setDefaultDevice } from "../../src/devices.ts";
import { formatProgram } from "../../src/ir/print.ts";
import {
  makeState,
  type TrainState,
  trainStep,
} from "../support/moons_model.ts";

const T = 8;

function batch(seed: number): [Tensor, Tensor] {
  const x = Float32Array.from({ length: 64 }, (_, i) => Math.sin(seed + i));
  const y = Int32Array.from({ length: 32 }, (_, i) => (i + seed) % 2);
  return [tensor(x).reshape(32, 2), jax.nn.oneHot(tensor(y), 2)];
}

function energyStep(
  T: number,
  x: Tensor,
  y: Tensor,
  state: TrainState,
): Tensor {
  return trainStep(T, x, y, state).e;
}

describe("pxf.jit()", () => {
  it("traces once per structure, shape and static value", () => {
    let traced = 0;
    const f = pxf.jit((n: number, x: Tensor) => {
      traced++;
      return x.mul(n);
    }, { staticArgnums: 0 });
    assertEquals([...f(2, jnp.ones([2])).dataSync()], [2, 2]);
    f(2, jnp.zeros([2]));
    assertEquals(traced, 1);
    f(3, jnp.ones([2]));
    f(2, jnp.ones([3]));
    assertEquals(traced, 3);
    f(2, jnp.ones([2]));
    assertEquals([traced, f.traces], [3, 3]);
  });

  it("retraces when a static value or an attribute changes", () => {
    const p = new px.Param(jnp.ones([2]));
    const f = pxf.jit(({ p }: { p: px.Param }) => p.mul(p.frozen ? 2 : 3));
    assertEquals(f({ p }).dataSync()[0], 3);
    p.frozen = true;
    assertEquals(f({ p }).dataSync()[0], 2);
    assertEquals(f.traces, 2);
  });

  it("retraces when an attribute of a module is new", () => {
    class Scale extends px.Module<[Tensor], Tensor> {
      declare by?: number;
      override call(x: Tensor): Tensor {
        return x.mul(this.by ?? 1);
      }
    }
    const scale = new Scale();
    const f = pxf.jit((x: Tensor, { scale }: { scale: Scale }) => scale(x));
    const read = () => [...f(jnp.ones([1]), { scale }).dataSync()];
    assertEquals(read(), [1]);
    scale.by = 3;
    assertEquals(read(), [3]);
    delete scale.by;
    assertEquals([...read(), f.traces], [1, 2]);
  });

  it("tells structures apart that hold the same in another nesting", () => {
    type Tree = { a: { x: Tensor; y?: number }; y?: number };
    const f = pxf.jit(({ a, y }: Tree) => a.x.mul(a.y ?? 3).mul(y ?? 5));
    const x = jnp.ones([1]);
    assertEquals([...f({ a: { x }, y: 2 }).dataSync()], [6]);
    assertEquals([...f({ a: { x, y: 2 } }).dataSync()], [10]);
    assertEquals(f.traces, 2);
  });

  it("takes tensors and data beside the params as inputs", () => {
    type Tracked = { p: px.Param; rate: Tensor; by: Float32Array };
    const f = pxf.jit(({ p, rate, by }: Tracked) => {
      p.set(p.add(rate));
      return p.mul(by);
    });
    const p = new px.Param(jnp.ones([1]));
    const outer = pxf.jit((x: Tracked) => f(x));
    for (const [g, sum] of [[f, 6], [f, 15], [outer, 24]] as const) {
      const rate = tensor([sum === 6 ? 1 : 3], "f32");
      const y = g({ p, rate, by: new Float32Array([3]) });
      assertEquals([...y.dataSync()], [sum]);
    }
    assertEquals([f.traces, outer.traces], [2, 1]);
  });

  it("updates tracked params and keeps identity of shared ones", () => {
    const shared = new px.Param(jnp.ones([2]));
    const f = pxf.jit(({ a, b }: { a: px.Param[]; b: px.Param }) => {
      a[0].set(a[0].add(1));
      return b.get();
    });
    assertEquals([...f({ a: [shared], b: shared }).dataSync()], [2, 2]);
    assertEquals([...shared.get().dataSync()], [2, 2]);
  });

  it("loses static changes and new attributes, as they happen on a copy", () => {
    const p = new px.Param(jnp.ones([2]));
    const s = px.static(1);
    pxf.jit(({ p, s }: { p: px.Param; s: px.Static<number> }) => {
      p.frozen = true;
      s.set(2);
      return p.mul(s.get());
    })({ p, s });
    assertEquals([p.frozen, s.get()], [undefined, 1]);
  });

  it("keeps a tensor that was read before an update", () => {
    const p = new px.Param(jnp.ones([3]));
    const f = pxf.jit(({ p }: { p: px.Param }) => {
      p.set(p.add(1));
      return p.sum();
    });
    const before = p.get();
    f({ p });
    const between = p.get();
    f({ p });
    f({ p });
    assertEquals([...before.dataSync()], [1, 1, 1]);
    assertEquals([...between.dataSync()], [2, 2, 2]);
    assertEquals([...p.get().dataSync()], [4, 4, 4]);
  });

  it("swaps two params", () => {
    const a = new px.Param(tensor([1, 2], "f32"));
    const b = new px.Param(tensor([3, 4], "f32"));
    const swap = pxf.jit(({ a, b }: { a: px.Param; b: px.Param }) => {
      const old = a.get();
      a.set(b.get());
      b.set(old);
    });
    for (let i = 0; i < 3; i++) swap({ a, b });
    assertEquals([...a.get().dataSync()], [3, 4]);
    assertEquals([...b.get().dataSync()], [1, 2]);
  });

  it("lets two params share a tensor without mixing them", () => {
    const a = new px.Param(jnp.ones([2]));
    const inc = pxf.jit(({ a }: { a: px.Param }) => {
      a.set(a.add(1));
    });
    inc({ a });
    const b = new px.Param(a.get());
    inc({ a });
    inc({ a: b });
    assertEquals([...a.get().dataSync()], [3, 3]);
    assertEquals([...b.get().dataSync()], [3, 3]);
  });
});

describe("the training step of the tutorial", () => {
  it("leaves at most 38 matrix products and one kernel for its keys", () => {
    const state = makeState(jax.nn.leakyRelu, 0.01, 1e-2);
    const step = pxf.jit(energyStep, { staticArgnums: 0 });
    const program = step.program(T, ...batch(0), state);
    const count = (name: string) =>
      program.nodes.filter((n) => n.primitive === name).length;
    assert(count("dot") <= 38, `${count("dot")} dots`);
    assertEquals(count("random"), 1, formatProgram(program));
    assertEquals(step.traces, 1);
  });

  it("leaves 36 of them where nothing is infinite or NaN", async () => {
    await init("wasm", { finiteMath: true });
    try {
      const state = makeState(jax.nn.leakyRelu, 0.01, 1e-2);
      const step = pxf.jit(energyStep, { staticArgnums: 0 });
      const { nodes } = step.program(T, ...batch(0), state);
      assertEquals(nodes.filter((n) => n.primitive === "dot").length, 36);
    } finally {
      setDefaultDevice(null);
    }
  });

  it("keeps memory flat, in a synchronous loop and in one that awaits", async () => {
    const state = makeState(jax.nn.leakyRelu, 0.01, 1e-2);
    const step = pxf.jit(energyStep, { staticArgnums: 0 });
    const [x, y] = batch(1);
    const warmUp = 200, steps = 4000;
    const use = () => defaultDevice().memory();
    for (let i = 0; i < warmUp; i++) step(T, x, y, state);
    const before = use();
    for (let i = 0; i < steps; i++) step(T, x, y, state);
    assertEquals(use(), before);
    for (let i = 0; i < steps / 4; i++) {
      const e = step(T, x, y, state);
      await e.data();
    }
    assertEquals(use(), before);
    assertEquals(step.traces, 1);
    assert(state.model.vodes[0] instanceof pxc.Vode);
  });
});
