/**
 * What pcax gave for choices and loops with tracked params: the entries of the
 * third tutorial and of the script of flow functions. What they ran is not
 * recorded; the programs here are those that their numbers follow from.
 */
import { before, describe, it } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import { jnp, px, pxf, type Tensor, tensor } from "../../mod.ts";
import rules from "../goldens/vode_rules.json" with { type: "json" };
import rng from "../goldens/rng.json" with { type: "json" };
import { type Golden, loadGolden } from "../support/npz.ts";

const { random } = jnp;
const { flow } = rules;
const list = (x: unknown) => (x as Tensor).toArray();
const options = { maxSteps: 8 };
type OfP = { p: px.Param<Tensor> };
const param = (x: number) => new px.Param(tensor(x, "f32"));
const up = (x: Tensor) => x.add(2);
const down = (x: Tensor) => x.mul(-2);

describe("flow functions of pcax", () => {
  it("choose by static values while tracing", () => {
    const flag = px.static(true);
    const p = param(1);
    type Of = OfP & { flag: px.StaticParam<boolean> };
    const step = pxf.jit(({ p, flag }: Of) => {
      p.set(flag.get() ? p.add(1) : p.sub(1));
    });
    const compilations: number[] = [];
    const values = [true, true, false, false].map((value) => {
      flag.set(value);
      step({ p, flag });
      compilations.push(step.traces);
      return list(p);
    });
    assertEquals(values, flow.static_flow_x);
    assertEquals(compilations, flow.static_flow_compilations_after_each_call);
  });
  it("choose by predicates and numbers", () => {
    const fn = pxf.jit(pxf.cond(up, down));
    const [first, second] = flow.cond;
    assertEquals(list(fn(tensor(true), tensor(1, "f32"))), first);
    assertEquals(list(fn(tensor(false), tensor(3, "f32"))), second);
    // A list crashes pcax; with a tuple it gives these.
    assertEquals(flow.switch.error, "TypeError");
    const fns = [up, (x: Tensor) => x.mul(2), (x: Tensor) => x.sub(2)];
    const by = pxf.jit(pxf.switch(fns));
    const x = tensor(3, "f32");
    assertEquals(
      [0, 1, 2].map((i) => list(by(tensor(i), x))),
      flow.switch_tuple,
    );
  });
  it("scan with outputs and a tracked param", () => {
    const { carry, ys, p: last } = flow.scan_outputs;
    const body = (x: Tensor, c: Tensor, n: Tensor, { p }: OfP) => {
      p.set(p.mul(0.5).add(x));
      return [[c.add(x), n.add(1)], c.mul(x)];
    };
    const p = param(2);
    const xs = jnp.arange(5).astype("f32");
    const [end, stacked] = pxf.jit(pxf.scan(body, { xs }))(1.0, 0, { p });
    assertEquals([end.map(list), list(stacked), list(p)], [carry, ys, last]);
  });
  it("scan in reverse", () => {
    const { carry, ys, p: last } = flow.scan_reverse;
    const body = (x: Tensor, c: Tensor, { p }: OfP) => {
      p.set(p.mul(0.5).add(x));
      return [c.add(p), c];
    };
    const p = param(1);
    const xs = jnp.arange(4).astype("f32");
    const fn = pxf.jit(pxf.scan(body, { xs, reverse: true }));
    const [end, stacked] = fn(tensor(1, "f32"), { p });
    assertEquals([end.map(list), list(stacked), list(p)], [carry, ys, last]);
  });
  it("loop while a condition holds", () => {
    const { carry, p: last } = flow.while;
    const body = (sum: Tensor, n: Tensor, { p }: OfP) => {
      p.set(p.mul(2));
      return [sum.add(p), n.add(1)];
    };
    const below = (_: Tensor, __: Tensor, { p }: OfP) => p.less(32);
    const p = param(1);
    const fn = pxf.jit(pxf.whileLoop(body, below, options));
    assertEquals([fn(0, 0, { p }).map(list), list(p)], [carry, last]);
  });
  it("put the random state back where pcax leaks it", () => {
    assertEquals(flow.rkg_leaked_after_exception_inside_jit, true);
    px.RKG.seed(1);
    const key = list(px.RKG.key);
    const fail = pxf.jit((_: Tensor): Tensor => {
      px.RKG();
      throw new Error("stop");
    });
    assertThrows(() => fail(tensor(1)), Error, "stop");
    assertEquals(list(px.RKG.key), key);
    assertEquals(px.RKG().device, px.RKG().device);
  });
  it("differentiate by params, arguments, or some of them", () => {
    const q = () => ({
      a: new px.Param(tensor([1, 2], "f32")),
      b: new px.Param(tensor([3, 4], "f32")),
    });
    type Of = { q: ReturnType<typeof q> };
    const x = tensor(2, "f32");
    const loss = (x: Tensor, { q: { a, b } }: Of) => a.mul(b).sum().mul(x);
    const withAux = (x: Tensor, of: Of) => [loss(x, of), x.mul(x)];
    const all = { mask: { q: true } };
    /** The numbers, as they stand in what pcax printed. */
    const digits = (text: string) => text.match(/-?\d+\.\d+/g)!.map(Number);
    const ofParams = (g: Of) => [g.q.a, g.q.b].flatMap((p) => list(p));

    const [[l, aux], g] = pxf.valueAndGrad(withAux, { ...all, hasAux: true })(
      x,
      { q: q() },
    ) as unknown as [Tensor[], Of];
    assertEquals(
      [list(l), list(aux), ...ofParams(g)],
      digits(flow.vag_has_aux),
    );
    const [plain, gPlain] = pxf.valueAndGrad(loss, all)(x, { q: q() });
    const plainNumbers = [list(plain), ...ofParams(gPlain as unknown as Of)];
    assertEquals(plainNumbers, digits(flow.vag_plain));
    assertEquals(plainNumbers, digits(flow.vag_mask_dict_true));
    const [value, both] = pxf.valueAndGrad(loss, { ...all, argnums: 0 })(
      x,
      { q: q() },
    ) as unknown as [Tensor, [Tensor[], Of]];
    assertEquals(
      [list(value), list(both[0][0]), ...ofParams(both[1])],
      digits(flow.vag_argnums0),
    );
    const nested = { mask: { q: { a: true, b: false } } };
    const [, some] = pxf.valueAndGrad(loss, nested)(x, { q: q() });
    const { a, b } = (some as unknown as Of).q;
    assertEquals(
      [22, ...list(a) as number[]],
      digits(flow.vag_mask_dict_nested),
    );
    assertEquals(b, null as never);
  });
  it("are all compared, but for those with a reason", () => {
    const reasons: Record<string, string> = {
      scan_cond: "one number, from which its program does not follow",
    };
    const compared = [
      "static_flow_x",
      "static_flow_compilations_after_each_call",
      "cond",
      "switch",
      "switch_tuple",
      "scan_outputs",
      "scan_reverse",
      "while",
      "rkg_leaked_after_exception_inside_jit",
      "vag_has_aux",
      "vag_plain",
      "vag_argnums0",
      "vag_mask_dict_true",
      "vag_mask_dict_nested",
    ];
    assertEquals(
      Object.keys(flow).toSorted(),
      [...compared, ...Object.keys(reasons)].toSorted(),
    );
  });
});

describe("the third tutorial", () => {
  let golden: Golden;
  before(async () => {
    golden = await loadGolden(rng);
  });
  for (const part of [1, 0]) {
    it(`loops with random choices, part${part}`, () => {
      random.configure({ threefryPartitionable: part === 1 });
      try {
        const step = (x: Tensor, { count }: { count: px.Param<Tensor> }) => {
          count.set(count.add(1));
          const half = random.uniform(px.RKG()).less(0.5);
          return pxf.cond(up, down)(half, x);
        };
        const inside = (x: Tensor) => x.greater(0).logicalAnd(x.less(6));
        const run = pxf.jit(pxf.whileLoop(step, inside, options));
        px.RKG.seed(3);
        const values: unknown[] = [], counts: unknown[] = [];
        for (let i = 0; i < 32; i++) {
          const count = new px.Param(tensor(0));
          values.push(list(run(tensor(1, "f32"), { count })[0]));
          counts.push(list(count));
        }
        const expected = (
          name: string,
        ) => [...golden.values(`part${part}/tut3/${name}`, "f32")];
        assertEquals(values, expected("while_values"));
        assertEquals(counts, expected("while_counts"));
        assertEquals(list(px.RKG.key), expected("rkg_after"));
      } finally {
        random.configure({ threefryPartitionable: true });
      }
    });
  }
});
