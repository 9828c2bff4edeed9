import type { Mutant } from "./mutant.ts";

/** Mutants of the room utils. */
export const UTILS: readonly Mutant[] = [
  {
    file: "src/utils/optim.ts",
    from: "factor *= batchSize(path, gradient);",
    to: "factor = batchSize(path, gradient) + factor;",
  },
  {
    file: "src/utils/optim.ts",
    from: "if (options.applyUpdates ?? true) change(targeted, updates);",
    to: "change(targeted, updates);",
  },
  {
    file: "src/utils/optim.ts",
    from: "      if (options.allowNone) return null;",
    to: "      return null;",
  },
  {
    file: "src/utils/optim_tree.ts",
    from: "const own = { ...options, allowNone: true };",
    to: "const own = { allowNone: true };",
  },
  {
    file: "src/utils/optim_tree.ts",
    from: "if (isPart(x) || x instanceof DynamicParam) {",
    to: "if (x instanceof DynamicParam) {",
  },
  {
    file: "src/utils/step.ts",
    from: "m.status = after === undefined ? outer[i] : after",
    to: "m.status = after ?? null",
  },
  {
    file: "src/utils/step.ts",
    from: "    scope[Symbol.dispose]();\n    throw error;",
    to: "    throw error;",
  },
  {
    file: "src/utils/step.ts",
    from: "      clearIn(module, clear.after);\n",
    to: "",
  },
  {
    file: "src/utils/mask.ts",
    from: "const first = !isParam || !seen.has(x);",
    to: "const first = true;",
  },
  {
    file: "src/utils/mask.ts",
    from: "if (x instanceof StaticParam) return mark(x, false);",
    to: "if (x instanceof StaticParam) return mark(x, true);",
  },
];
