import { describe, it } from "node:test";
import { assertEquals, assertStringIncludes } from "@std/assert";
import type { JaxModule } from "../../tools/jax_numpy_names.ts";
import {
  camelCase,
  documentOf,
  lookUp,
  rowsOf,
} from "../../tools/numpy_table.ts";

const module: JaxModule = {
  jax: "jax.numpy",
  ours: "jnp",
  names: { All: "float_power pow sort_complex" },
  renamed: { pow: "power" },
  absent: { sort_complex: "no complex numbers" },
  notes: { pow: "as in numpy" },
};

describe("the table of JAX's names", () => {
  it("finds names in camelCase", () => {
    assertEquals(
      ["float_power", "atleast_1d", "bool_", "exp2"].map(camelCase),
      ["floatPower", "atleast1d", "bool", "exp2"],
    );
    assertEquals(typeof lookUp("jnp.linalg.solve"), "function");
    assertEquals(lookUp("jnp.linalg.nothing"), undefined);
  });
  it("tells what exists, under which name, and what not", () => {
    const wrong: string[] = [];
    assertEquals(rowsOf(module, module.names.All, wrong), [
      { jax: "float_power", ours: "floatPower", note: "" },
      { jax: "pow", ours: "power", note: "as in numpy" },
      { jax: "sort_complex", ours: null, note: "no complex numbers" },
    ]);
    assertEquals(wrong, []);
    const text = documentOf([module], wrong);
    assertStringIncludes(text, "Here `jnp`: 2 of 3 names.");
    assertStringIncludes(text, "`floatPower` (float_power)");
    assertStringIncludes(text, "| `sort_complex` | no | no complex numbers |");
  });
  it("finds names without a reason, and reasons that are stale", () => {
    const wrong: string[] = [];
    const names = { All: "sort sort_complex" };
    const absent = { sort: "not yet", fft: "not yet" };
    documentOf([{ ...module, names, absent, renamed: {}, notes: {} }], wrong);
    assertEquals(wrong, [
      "jax.numpy.fft is explained, but not listed",
      "jax.numpy.sort exists, and is listed as absent",
      "jax.numpy.sort_complex: no jnp.sortComplex, and no reason",
    ]);
  });
});
