/** A layer that is there twice, against pcax: one gradient, and one update. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "node:test";
import {
  jnp,
  optax,
  px,
  pxf,
  pxnn,
  pxu,
  type Tensor,
  tensor,
} from "../../mod.ts";
import file from "../goldens/vode.json" with { type: "json" };
import recorded from "../goldens/vode_rules.json" with { type: "json" };
import { EXCLUDED } from "../support/excluded.ts";
import { loadGolden } from "../support/npz.ts";

const golden = await loadGolden(file);

function load(name: string): Tensor {
  const { shape } = golden.get(name, "f32");
  return tensor(Float32Array.from(golden.values(name, "f32"))).reshape(shape);
}

type Two = { m: { a: pxnn.Linear; b: pxnn.Linear } };

describe("a layer and its shared copy", () => {
  it("have the gradient of pcax at the first place, and stay shared", async () => {
    const a = new pxnn.Linear(3, 3);
    a.nn.weight.set(load("shared/.nn.weight"));
    a.nn.bias!.set(load("shared/.nn.bias"));
    const m = { a, b: pxnn.shared(a) };
    const loss = (x: Tensor, { m }: Two) =>
      jnp.tanh(m.b(jnp.tanh(m.a(x)))).square().sum();
    const [value, g] = pxf.valueAndGrad(loss, {
      mask: new pxu.Mask(pxnn.LayerParam, [false, true]),
    })(load("shared/x"), { m });
    golden.assertClose("shared/value", await value.data());
    const found = px.paramsOf(g.m).filter(({ param }) =>
      param instanceof px.Param
    );
    assertEquals(found.map(({ path }) => path), recorded.shared_grad_leaves);
    for (const { path, param } of found) {
      golden.assertClose(
        `shared/grad/${path}`,
        await (param as px.Param).data(),
      );
    }
    const optim = new pxu.Optim(
      optax.sgd(0.1),
      new pxu.Mask(pxnn.LayerParam).apply(m),
    );
    optim.step(m, g.m);
    assertEquals(
      m.a.nn.weight === m.b.nn.weight,
      recorded.shared_still_shared_after_step,
    );
    for (const name of ["weight", "bias"] as const) {
      golden.assertClose(
        `shared/after_sgd0.1/.nn.${name}`,
        await m.b.nn[name]!.data(),
      );
    }
    const left = golden.unchecked().filter((n) => n.startsWith("shared/"));
    assertEquals(left, ["shared/.nn.bias", "shared/.nn.weight", "shared/x"]);
  });
});

describe("golden arrays that no test compares", () => {
  it("are few, each with a reason", () => {
    const rows = Object.entries(EXCLUDED).flatMap(([name, list]) =>
      list.map(({ arrays, why }) => `  ${name}: ${arrays}\n    ${why}`)
    );
    console.log(`Golden arrays not compared:\n${rows.join("\n")}`);
    for (const list of Object.values(EXCLUDED)) {
      for (const { why } of list) assert(why.length > 10);
    }
  });
});
