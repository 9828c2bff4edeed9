/**
 * Replays the scripts of Vode operations that pcax ran, and compares results
 * and states after each. Where we differ on purpose, DIFFERENCES says why.
 */
import { describe, it } from "node:test";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { TreeError } from "../../src/base/errors.ts";
import { maximum, Tensor, zerosLike } from "../../src/numpy/mod.ts";
import {
  type Tform,
  Vode,
  VodeParam,
  zeroEnergy,
} from "../../src/predictive_coding/mod.ts";
import golden from "../goldens/vode_rules.json" with { type: "json" };

type State = { h: unknown; cache: Record<string, unknown> | null };

/** One operation, as pcax ran it. */
interface Operation {
  op: unknown[];
  result?: unknown;
  state?: State;
  error?: string;
}

/** What we do instead. */
interface Difference {
  why: string;
  result?: unknown;
  state?: State;
  throws?: string;
}

const TFORMS: Record<string, Tform> = {
  double: (_vode, _key, v) => v.mul(2),
  neg: (_vode, _key, v) => v.neg(),
  zero: (_vode, _key, v) => zerosLike(v),
  add_h: (vode, _key, v) => v.add(vode.get("h")),
  relu: (_vode, _key, v) => maximum(v, 0),
  inc: (_vode, _key, v) => v.add(1),
};

const EMPTY = "a cleared cache reads as empty; pcax fails";
const WHOLE_STATUS = "a status pattern matches whole; pcax matches a prefix";
const WHOLE_KEY = "the key of a rule matches whole; pcax matches a prefix";
const A = [1, -2, 3], B = [0.5, 0.25, -1], C = [10, 20, 30];

/** By name of the script and number of the operation. */
const DIFFERENCES: Record<string, Difference> = {
  "default 13": { why: EMPTY, result: null },
  "default 14": { why: EMPTY, result: 5 },
  "call_output 3": {
    why: "a call whose output is empty fails where it happens; pcax gives None",
    throws: 'Cannot get "missing" of a vode of shape [3] in status "init": ' +
      "it is empty, expected a value: set it first, or use " +
      'vode.get("missing", null)',
  },
  "override_init_without_u 2": { why: EMPTY, result: null },
  "status_prefix_match 1": {
    why: WHOLE_STATUS,
    state: { h: A, cache: { u: A } },
  },
  "status_prefix_match 2": {
    why: WHOLE_STATUS,
    state: { h: A, cache: { u: A } },
  },
  "status_prefix_match 3": {
    why: WHOLE_STATUS,
    state: { h: A, cache: { u: B } },
  },
  "key_prefix_quirk 1": {
    why: WHOLE_KEY,
    state: { h: null, cache: { u: A } },
  },
  "key_prefix_quirk 2": { why: WHOLE_KEY, state: { h: B, cache: { u: A } } },
  "key_prefix_quirk 3": {
    why: WHOLE_KEY,
    state: { h: B, cache: { u: A, q: C.map((x) => 2 * x) } },
  },
  "key_prefix_quirk 4": {
    why: WHOLE_KEY,
    state: { h: B, cache: { u: A, q: A } },
  },
  "energy_uses_rules 5": { why: `${EMPTY}, and u is h by the rule`, result: 0 },
  "energy_without_u 1": {
    why: "the message says what is missing",
    throws: 'Cannot get "u" of a vode of shape [3]: it is empty, expected ' +
      'a value: set it first, or use vode.get("u", null)',
  },
  "energy_none_fn 2": { why: "no energy function is no energy", result: 0 },
};

/** Tensors as nested arrays, everything else as it is. */
function plain(x: unknown): unknown {
  if (x instanceof Tensor) return x.toArray();
  if (x instanceof Vode) return "<vode>";
  if (typeof x !== "object" || x === null) return x;
  return Object.fromEntries(Object.entries(x).map(([k, v]) => [k, plain(v)]));
}

/** -0 and 0 are equal here. */
function unsigned(x: unknown): unknown {
  return JSON.parse(JSON.stringify(x));
}

function stateOf(vode: Vode): unknown {
  return { h: plain(vode.h.get()), cache: plain(vode.cache.get()) };
}

function run(vode: Vode, [name, ...args]: unknown[]): unknown {
  const [first, second] = args;
  switch (name) {
    case "set":
      vode.set(first as string, second as number[] | null);
      return null;
    case "get":
      return vode.get(first as string, second ?? null);
    case "status":
      vode.status = first as string | null;
      return null;
    case "call": {
      const options = { ...second as { output?: string } };
      return vode.call(first as number[] | null, options);
    }
    case "energy":
      return vode.energy();
    case "clear_cache":
      vode.clearParams(VodeParam.Cache);
      return null;
    case "clear_all":
      vode.clearParams([VodeParam, VodeParam.Cache]);
      return null;
  }
  throw new Error(`Unknown operation ${name}`);
}

function quietly<T>(body: () => T): T {
  const { warn } = console;
  console.warn = () => {};
  try {
    return body();
  } finally {
    console.warn = warn;
  }
}

describe("Vode, as pcax", () => {
  const unused = new Set(Object.keys(DIFFERENCES));
  for (const script of golden.rules) {
    it(`runs ${script.name}`, () => {
      const vode = new Vode(script.shape, {
        ruleset: script.ruleset as Record<string, string[]>,
        tforms: TFORMS,
        ...script.name === "zero_energy" && { energyFn: zeroEnergy },
        ...script.name === "energy_none_fn" && { energyFn: null },
      });
      (script.ops as Operation[]).forEach((operation, i) => {
        const name = `${script.name} ${i}`;
        const difference = DIFFERENCES[name];
        unused.delete(name);
        const expected = { ...operation, ...difference };
        if (difference?.throws !== undefined) {
          const error = assertThrows(
            () => run(vode, operation.op),
            TreeError,
          );
          assert(error.message.startsWith(difference.throws), error.message);
          return;
        }
        assert(
          operation.error === undefined || difference !== undefined,
          `${name} has an error of pcax and no difference of ours`,
        );
        // Two output rules are a warning, as in pcax; vode_test checks it.
        const result = plain(
          script.name === "output_two_rules_warning"
            ? quietly(() => run(vode, operation.op))
            : run(vode, operation.op),
        );
        assertEquals(unsigned(result), unsigned(expected.result), name);
        if (expected.state !== undefined) {
          assertEquals(
            unsigned(stateOf(vode)),
            unsigned(expected.state),
            name,
          );
        }
      });
    });
  }

  it("has no difference that is not one", () => {
    assertEquals([...unused], []);
  });
});
