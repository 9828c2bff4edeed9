import type { Mutant } from "./mutant.ts";

/** Mutants of the room core. */
export const CORE: readonly Mutant[] = [
  {
    file: "src/core/random.ts",
    from: "    this.set(keys.at(0));\n",
    to: "",
  },
  {
    file: "src/core/random.ts",
    from: "const keys = split(this.get(), n + 1);",
    to: "const keys = split(this.get(), n + 2);",
  },
  {
    file: "src/core/random.ts",
    from: "n === null ? this.key.split(1).at(0) : this.key.split(n)",
    to: "n === null ? this.key.split(1) : this.key.split(n)",
  },
  {
    file: "src/core/random.ts",
    from: "    this.key.set(PRNGKey(seed));\n",
    to: "    this.key.set(PRNGKey(seed + 1));\n",
  },
  {
    file: "src/core/module.ts",
    from: "if (x instanceof Module) x._mode.set(value);",
    to: "",
  },
  {
    file: "src/core/module.ts",
    from: "return this._mode.get() === MODE.EVAL;",
    to: "return this._mode.get() !== MODE.EVAL;",
    tests: ["tests/nn", "tests/core"],
  },
  {
    file: "src/core/values.ts",
    from: "return (isParam(x) ? x.get() : x) as ValueOf<T>;",
    to: "return x as ValueOf<T>;",
  },
  {
    file: "src/core/values.ts",
    from: "if (!isParam(target)) return plain as T;",
    to: "if (!isParam(target)) return target;",
  },
  {
    file: "src/core/paths.ts",
    from: "parts?.children.forEach((c, i) => visit(c, path + parts.key(i)));",
    to: "parts?.children.forEach((c, i) => visit(c, parts.key(i) + path));",
  },
  {
    file: "src/core/paths.ts",
    from: "if (x instanceof BaseParam || x instanceof StaticParam) {",
    to: "if (x instanceof BaseParam) {",
  },
];
