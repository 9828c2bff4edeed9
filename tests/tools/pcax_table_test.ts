import { describe, it } from "node:test";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { NAMES } from "../../tools/pcax_names.ts";
import { documentOf } from "../../tools/pcax_table.ts";
import { lookUp } from "../../tools/numpy_table.ts";

describe("the table of pcax's names", () => {
  it("has only what is exported", () => {
    const names = Object.values(NAMES).flat();
    const missing = names.filter(({ ours }) => lookUp(ours) === undefined);
    assertEquals(missing, []);
    assertEquals(new Set(names.map((n) => n.pcax)).size, names.length);
  });
  it("tells the name here, what differs, and where it is tested", () => {
    assertStringIncludes(
      documentOf(NAMES),
      "| `pxf.while_loop` | `pxf.whileLoop` | takes `maxSteps`, which webgpu " +
        "needs | [functional/flow_test.ts](../tests/functional/flow_test.ts) |",
    );
    assertStringIncludes(documentOf(NAMES), "| `Vode.get` | `pxc.Vode.get` |");
  });
});
