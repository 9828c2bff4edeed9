/** What vodes, steps and transforms say to what is no argument for them. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "node:test";
import {
  jnp,
  px,
  pxc,
  pxf,
  pxu,
  type Tensor,
  tensor,
  TraceError,
  TreeError,
} from "../../mod.ts";

/** The message of an error, whatever the types of the arguments say. */
function message(
  fn: unknown,
  args: readonly unknown[],
  kind: new (message: string) => Error = TreeError,
): string {
  return assertThrows(
    () => (fn as (...args: unknown[]) => unknown)(...args),
    kind,
  ).message;
}

const make = (...args: unknown[]) =>
  new (pxc.Vode as unknown as new (...args: unknown[]) => pxc.Vode)(...args);

describe("a vode refuses", () => {
  const vode = new pxc.Vode([2]);
  const set = vode.set.bind(vode), get = vode.get.bind(vode);

  it("names that are none", () => {
    for (const [fn, key] of [[set, 5], [get, 5], [get, undefined]] as const) {
      assertEquals(
        message(fn, [key, [1]]),
        `Cannot use ${key} as the name of a value of a vode, expected a text: ` +
          '"h" is the state, "u" the input',
      );
    }
    assertEquals(vode.cache.get(), null);
  });

  it("values that are none", () => {
    for (const [value, text] of [[undefined, "undefined"], ["x", '"x"']]) {
      const error = assertThrows(() =>
        (set as (...a: unknown[]) => void)("u", value)
      );
      assert(
        (error as Error).message.startsWith(
          `Cannot make a tensor: ${text} was`,
        ),
      );
    }
    assertEquals(vode.cache.get(), null);
  });

  it("a status that is no name", () => {
    assertEquals(
      message(() => vode.status = 5 as unknown as string, []),
      "Cannot set the status 5, expected a name or null: use pxc.STATUS, or a " +
        "name of your own",
    );
    assertEquals(vode.status, null);
  });

  it("options of another kind", () => {
    assertEquals(
      message(make, [[2], { tforms: { f: 3 } }]),
      "Cannot make a vode with the transformation f: it is 3, expected a " +
        "function: write { f: (vode, key, value, rkg) => ... }",
    );
    assertEquals(
      message(make, [[2], { paramType: px.Param }]),
      "Cannot make a vode of this paramType: it has no Cache, expected a " +
        "class of params for states: extend pxc.VodeParam",
    );
    assertEquals(
      message(make, [[2], { energyFn: "se" }]),
      "Cannot make a vode with a string as energyFn, expected a function or " +
        "null: use one such as pxc.seEnergy",
    );
    assertEquals(
      message(make, [[2], { ruleset: { init: 3 } }]),
      'Cannot parse the rules for status "init": they are 3, expected a text ' +
        'or an array of them: write each as "targets <- key:tform" or ' +
        '"key -> source:tform"',
    );
  });

  it("energies that are no numbers, and energies of no vode", () => {
    const none = make([2], () => undefined);
    none.set("h", [1, 2]);
    assertThrows(() => none.energy(), Error, "Cannot make a tensor: undefined");
    const three = make([2], () => 3);
    three.set("h", [1, 2]);
    assertEquals(three.energy().toArray(), 3);
    for (const name of ["seEnergy", "ceEnergy", "bernoulliEnergy"] as const) {
      assertEquals(
        message(pxc[name], [undefined]),
        `Cannot compute ${name} of undefined, expected a vode: give the ` +
          `function to one, as in new pxc.Vode([3], pxc.${name})`,
      );
    }
  });

  it("states and inputs of different shapes", () => {
    const vode = new pxc.Vode([2]);
    vode.set("h", [1, 2]).set("u", [1, 2, 3]);
    assertThrows(
      () => vode.energy(),
      Error,
      "Cannot subtract f32[2] and f32[3]: axis 0 has sizes 2 and 3",
    );
  });

  it("filters that are none, to clear", () => {
    const vode = new pxc.Vode([2]);
    vode.set("h", [1, 2]);
    const text = "expected a class, a predicate, a mask expression or an " +
      "array of these: null means everything";
    assertEquals(
      message(vode.clearParams.bind(vode), ["h"]),
      `Cannot use h as a filter, ${text}`,
    );
    assertEquals(
      message(pxc.clearParams, [vode, undefined]),
      `Cannot use undefined as a filter, ${text}`,
    );
    assertEquals(vode.h.toArray(), [1, 2]);
  });
});

describe("a step refuses, and changes nothing", () => {
  const vode = new pxc.Vode([2]);
  vode.status = "before";
  vode.set("h", [1, 2]);
  const clearParams = { before: pxc.VodeParam };

  it("what is no tree", () => {
    for (const x of [undefined, null, 3]) {
      assertEquals(
        message(pxu.step, [x, "init"]),
        `Cannot step ${x}, expected a module or a tree of them: give the model ` +
          "first, then the status",
      );
    }
  });

  it("statuses that are none", () => {
    for (const status of [5, [5, null], ["a"], ["a", 5]]) {
      const wrong = [status].flat().at(-1) === "a"
        ? undefined
        : [status].flat().find((s) => typeof s === "number");
      assertEquals(
        message(pxu.step, [vode, status, { clearParams }]),
        `Cannot set the status ${wrong}, expected a name or null: use ` +
          "pxc.STATUS, or a name of your own",
      );
    }
  });

  it("filters that are none", () => {
    for (const wrong of ["h", { before: pxc.VodeParam, after: 3 }]) {
      assertThrows(
        () =>
          pxu.step(vode, "a", {
            clearParams: wrong as unknown as pxu.Filter,
          }),
        TreeError,
        "as a filter, expected a class",
      );
    }
  });

  it("of all that", () => {
    assertEquals([vode.status, vode.h.toArray()], ["before", [1, 2]]);
  });
});

describe("transforms refuse", () => {
  it("what is no function", () => {
    const text = (action: string, what: unknown) =>
      `Cannot ${action} ${what}, expected a function: give it first, and the ` +
      "options after it";
    assertEquals(message(pxf.jit, [], TraceError), text("jit", undefined));
    assertEquals(message(pxf.vmap, [3], TraceError), text("vmap", 3));
    assertEquals(
      message(pxf.valueAndGrad, [null], TraceError),
      text("differentiate", null),
    );
    assertEquals(
      message(pxf.grad, ["f"], TraceError),
      text("differentiate", "f"),
    );
  });

  it("calls without arguments that have axes", () => {
    const f = pxf.vmap(function f(x: Tensor) {
      return x;
    });
    assertThrows(
      () => (f as () => unknown)(),
      Error,
      'Cannot vmap "f": no argument has a batch axis',
    );
    const scalar = tensor(1, "f32");
    assertThrows(
      () => f(scalar),
      Error,
      'Cannot vmap "f": argument 0 is f32[], expected an axis 0',
    );
    assertEquals(f(jnp.ones([2])).shape, [2]);
  });
});
