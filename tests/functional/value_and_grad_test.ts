/** pxf.valueAndGrad and pxf.grad: which gradients there are, and where. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "node:test";
import {
  px,
  pxf,
  pxnn,
  pxu,
  ShapeError,
  type Tensor,
  tensor,
  TreeError,
} from "../../mod.ts";
import flow from "../goldens/vode_rules.json" with { type: "json" };

const f32 = (...x: number[]) => tensor(x, "f32");

function message(
  body: () => unknown,
  kind: new (message: string) => Error = TreeError,
): string {
  return assertThrows(body, kind).message;
}

type P = { p: px.Param };

describe("pxf.valueAndGrad() and pxf.grad()", () => {
  type Q = { q: { a: px.Param; b: px.Param } };
  const make = () => ({
    q: { a: new px.Param(f32(1, 2)), b: new px.Param(f32(3, 4)) },
  });
  // What pcax recorded: sum of products, times two.
  const loss = (x: Tensor, { q }: Q) => q.a.mul(q.b).sum().mul(x);
  const text = ({ q }: Q) =>
    `{'a': ${q.a && `Param([${q.a.toArray()}])`}, 'b': ${
      q.b && `Param([${q.b.toArray()}])`
    }}`;

  it("give the results of pcax, with aux side by side", () => {
    const two = tensor(2, "f32");
    const mask = new pxu.Mask(px.Param, [false, true]);
    const [value, g] = pxf.valueAndGrad(loss, { mask })(two, make());
    assertEquals(value.toArray(), 22);
    // As "'a': Param([6.0, 8.0])", where Python prints floats.
    const theirs = flow.flow.vag_plain.replaceAll(".0", "").replaceAll(
      ", 8",
      ",8",
    ).replaceAll(", 4]", ",4]");
    assert(theirs.includes(text(g)), theirs);
    for (
      const [mask, name] of [
        [{ q: true }, "vag_mask_dict_true"],
        [{ q: { a: true, b: false } }, "vag_mask_dict_nested"],
      ] as const
    ) {
      const [, g] = pxf.valueAndGrad(loss, { mask })(two, make());
      const theirs = flow.flow[name].replaceAll(".0", "").replaceAll(
        ", 8",
        ",8",
      )
        .replaceAll(", 4]", ",4]").replace("None", "null");
      assert(theirs.includes(text(g)), theirs);
    }
    const withAux = (x: Tensor, t: Q): [Tensor, Tensor] => [
      loss(x, t),
      x.add(2),
    ];
    const options = { mask: { q: true }, hasAux: true } as const;
    const [[e, aux], g2] = pxf.valueAndGrad(withAux, options)(two, make());
    assertEquals([e.toArray(), aux.toArray()], [22, 4]);
    assertEquals(text(g2), text(g));
    const [g3, aux3] = pxf.grad(withAux, options)(two, make());
    assertEquals([text(g3), aux3.toArray()], [text(g), 4]);
    assertEquals(
      text(pxf.grad(loss, { mask: { q: true } })(two, make())),
      text(g),
    );
  });

  it("take one number or several for argnums", () => {
    const two = tensor(2, "f32");
    for (const argnums of [0, [0]]) {
      const [value, [[byX], g]] = pxf.valueAndGrad(loss, {
        argnums,
        mask: { q: { a: false, b: true } },
      })(two, make());
      assertEquals([value.toArray(), byX.toArray()], [22, 11]);
      assertEquals([g.q.a, g.q.b.toArray()], [null, [2, 4]]);
    }
    const product = (x: Tensor, y: Tensor) => x.mul(y).sum();
    const [byY, byX] = pxf.grad(product, { argnums: [1, 0] })(
      f32(1, 2),
      f32(3, 4),
    )[0];
    assertEquals([byY.toArray(), byX.toArray()], [[1, 2], [3, 4]]);
  });

  it("keep class and attributes of params, in gradients", () => {
    const layer = new pxnn.Linear(2, 1);
    layer.nn.weight.tag = 3;
    type Of = { layer: pxnn.Linear };
    const g = pxf.grad(
      (x: Tensor, { layer }: Of) => layer(x).sum(),
      { mask: new pxu.Mask(pxnn.LayerParam, [false, true]) },
    )(f32(5, 6), { layer });
    assert(g.layer.nn.weight instanceof pxnn.LayerParam);
    assertEquals([g.layer.nn.weight.tag, g.layer.nn.weight.toArray()], [3, [[
      5,
      6,
    ]]]);
    assertEquals(layer.nn.weight.tag, 3);
  });

  it("differentiate dictionaries entry by entry, and what is empty", () => {
    type D = { d: px.ParamDict; e: px.Param };
    const d = new px.ParamDict({ a: f32(1, 2), b: f32(3) });
    const e = new px.Param();
    const sum = ({ d }: D) =>
      (d.get("a") as Tensor).square().sum().add((d.get("b") as Tensor).sum());
    const g = pxf.grad(sum, { mask: { d: true, e: true } })({ d, e });
    assertEquals((g.d.get("a") as Tensor).toArray(), [2, 4]);
    assertEquals((g.d.get("b") as Tensor).toArray(), [1]);
    assertEquals(`${g.e}`, "Param(None)");
    const unselected = pxf.grad(sum, { mask: { d: true, e: false } })({ d, e });
    assertEquals(unselected.e as unknown, null);
  });

  it("put the whole gradient of a shared param at its first place", () => {
    const p = new px.Param(f32(3));
    type Twice = { b: px.Param; a: px.Param[] };
    const g = pxf.grad(({ a, b }: Twice) => a[0].mul(b).sum(), {
      mask: { a: true, b: true },
    })({ b: p, a: [p] });
    assertEquals([g.a[0].toArray(), g.b as unknown], [[6], null]);
  });

  it("differentiate at the values of the start; writes stay", () => {
    const p = new px.Param(f32(3));
    const [e, g] = pxf.valueAndGrad(({ p }: P) => {
      p.set(p.square());
      return p.sum();
    }, { mask: { p: true } })({ p });
    assertEquals([e.toArray(), g.p.toArray(), p.toArray()], [9, [6], [9]]);
  });

  it("nest, to any order, with jit and vmap around and inside", () => {
    const cube = ({ p }: P) => p.pow(3).sum();
    const options = { mask: { p: true } };
    const first = (t: P) => pxf.grad(cube, options)(t).p.sum();
    const second = (t: P) => pxf.grad(first, options)(t).p.sum();
    const third = pxf.jit((t: P) => pxf.grad(second, options)(t).p.get());
    const p = new px.Param(f32(2));
    assertEquals(first({ p }).toArray(), 12);
    assertEquals(second({ p }).toArray(), 12);
    assertEquals(third({ p }).toArray(), [6]);
    const perSample = pxf.vmap(
      (t: P) => pxf.grad(first, options)(t).p.get(),
      { mask: { p: 0 } },
    );
    assertEquals(perSample({ p: new px.Param(f32(1, 2)) }).toArray(), [6, 12]);
  });

  it("refuse arguments and losses that do not fit", () => {
    const id = (x: Tensor) => x.sum();
    const x = f32(1);
    assertEquals(
      message(() => pxf.valueAndGrad(id, { argnums: 1 })(x)),
      'Cannot differentiate "id": argnums names argument 1, of 1 positional ' +
        "ones, expected one of them: tracked arguments are selected by the mask",
    );
    const none = (_: null, x: Tensor) => x.sum();
    assertEquals(
      message(() => pxf.grad(none, { argnums: 0 })(null, x)),
      'Cannot differentiate "none": argnums names argument 0, which holds no ' +
        "tensor, expected one: leave it out",
    );
    assertEquals(
      message(
        () => pxf.grad(id, { argnums: 0 })(tensor([1, 2])),
        ShapeError,
      ),
      'Cannot differentiate "id": argument 0 is i32[2], expected f32: cast ' +
        "it, or leave it out",
    );
    const two = (x: Tensor) => [x.sum(), x];
    assertEquals(
      message(() => pxf.valueAndGrad(two, { argnums: 0 })(x)),
      'Cannot differentiate "two": it returned several values, expected one ' +
        "scalar: pass hasAux for [loss, ...aux]",
    );
    assertEquals(
      message(() => pxf.valueAndGrad(id, { argnums: 0, hasAux: true })(x)),
      'Cannot differentiate "id" with hasAux: it returned a single value, ' +
        "expected [loss, ...aux]",
    );
    const nothing = () => null;
    assertEquals(
      message(() =>
        pxf.valueAndGrad(nothing as unknown as typeof id, { argnums: 0 })(x)
      ),
      'Cannot differentiate "nothing": it returned no tensor, expected one ' +
        "scalar: pass hasAux for [loss, ...aux]",
    );
    const p = new px.Param(x);
    const sum = ({ p }: P) => p.sum();
    assertEquals(
      message(() => pxf.grad(sum, { mask: { q: true } })({ p })),
      'Cannot differentiate "sum": the mask has the keys [q], expected [p]: ' +
        'add an entry for "p"',
    );
  });
});
