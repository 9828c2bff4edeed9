import { describe, it } from "node:test";
import { assert, assertEquals, assertThrows } from "@std/assert";
import * as errors from "../../src/base/errors.ts";
import { jax, jnp } from "./names.ts";

/** What a call without any argument, or with texts only, may do instead. */
const EXCEPTIONS: Record<string, readonly string[]> = {
  "no arguments are no tensors, shapes or cases": [
    "jnp.broadcastArrays",
    "jnp.broadcastShapes",
    "lax.broadcastShapes",
  ],
  "nothing is an empty tree": [
    "lax.associativeScan",
    "lax.pmax",
    "lax.pmean",
    "lax.pmin",
    "lax.psum",
    "lax.stopGradient",
  ],
  "takes a function first, as the compiler says": [
    "lax.map",
  ],
  "takes a Program, as the compiler says": ["jnp.formatProgram"],
  "has settings, all of which may be left out": [
    "random.configuration",
    "random.configure",
  ],
  "makes an initializer, which is called with a key and a shape": [
    "initializers.constant",
    "initializers.deltaOrthogonal",
    "initializers.glorotNormal",
    "initializers.glorotUniform",
    "initializers.heNormal",
    "initializers.heUniform",
    "initializers.kaimingNormal",
    "initializers.kaimingUniform",
    "initializers.lecunNormal",
    "initializers.lecunUniform",
    "initializers.normal",
    "initializers.orthogonal",
    "initializers.truncatedNormal",
    "initializers.uniform",
    "initializers.xavierNormal",
    "initializers.xavierUniform",
  ],
};

const SPACES: Record<string, Record<string, unknown>> = {
  jnp,
  linalg: jnp.linalg,
  lax: jax.lax,
  "lax.linalg": jax.lax.linalg,
  nn: jax.nn,
  initializers: jax.nn.initializers,
  random: jax.random,
  special: jax.scipy.special,
  norm: jax.scipy.stats.norm,
};

const KINDS = Object.values(errors);

/** The functions of a namespace, by their path. */
function functions(): [string, (...args: unknown[]) => unknown][] {
  return Object.entries(SPACES).flatMap(([space, members]) =>
    Object.entries(members).flatMap(([name, member]) =>
      typeof member === "function" && !/^[A-Z][a-z]/.test(name)
        ? [
          [
            `${space}.${name}`,
            member as (...args: unknown[]) => unknown,
          ] as const,
        ]
        : []
    )
  ).map(([path, fn]) => [path, fn]);
}

/** What a call does, if it does not throw an error of ours. */
function misbehaves(fn: (...args: unknown[]) => unknown, args: unknown[]) {
  try {
    fn(...args);
    return "returns";
  } catch (error) {
    if (!KINDS.some((kind) => error instanceof kind)) return String(error);
    const { message } = error as Error;
    return /^Cannot .+/s.test(message) ? null : message;
  }
}

describe("calls without what they need", () => {
  const all = functions();
  const excepted = Object.values(EXCEPTIONS).flat();
  it("get errors of this library, for every function", () => {
    assert(all.length > 500, `${all.length} functions`);
    const wrong = all.flatMap(([path, fn]) => {
      if (excepted.includes(path)) return [];
      return [[], ["text", "text", "text"]].flatMap((args) => {
        const what = misbehaves(fn, args);
        return what === null ? [] : [`${path}(${args}): ${what}`];
      });
    });
    assertEquals(wrong, []);
  });
  it("are excepted only where they exist and need it", () => {
    const byPath = new Map(all);
    const needless = excepted.filter((path) => {
      const fn = byPath.get(path);
      return fn === undefined ||
        [[], ["text", "text", "text"]].every((args) =>
          misbehaves(fn, args) === null
        );
    });
    assertEquals(needless, []);
  });
  it("say what was given and what was expected", () => {
    const any = (x: unknown) => x as never;
    const cases: [() => unknown, string][] = [
      [
        () => jnp.exp(any("text")),
        'Cannot make a tensor: "text" was given, expected numbers, booleans',
      ],
      [
        () => jnp.concatenate(any(jnp.ones(2))),
        "Cannot concatenate: a Tensor was given, expected an array: put it",
      ],
      [
        () => jnp.zeros(any("text")),
        'Cannot make a tensor: shape "text" was given, expected integers',
      ],
      [
        () => jnp.bincount([1], any(undefined)),
        "Cannot count: { length } was not given, expected it among the options",
      ],
      [
        () => jnp.linspace(any(undefined), 1),
        "Cannot make a range: start is undefined, expected a finite number",
      ],
      [
        () => jnp.einsum(any([1])),
        "Cannot einsum: the formula is an array of 1, expected a string",
      ],
    ];
    for (const [fn, message] of cases) {
      assertThrows(fn, errors.ShapeError, message);
    }
  });
});
