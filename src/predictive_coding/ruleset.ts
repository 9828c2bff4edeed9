/**
 * The rules by which a Vode stores and reads values, parsed once into data.
 * `"h, u <- u:f"` is an input rule: setting `u` stores `f(u)` in `h` and in
 * `u`. `"h -> u:f"` is an output rule: reading `h` gives `f(u)`. Each rule
 * holds in the statuses that its pattern, a regular expression, matches whole.
 *
 * @module
 */
import { TreeError } from "../base/errors.ts";
import type { Status } from "./status.ts";

/** Rules by status pattern, in the order in which they are tried. */
export type Rules = Readonly<
  Record<string, string | readonly string[]>
>;

/** `targets <- key:tforms`: what setting `key` stores, and where. */
export interface InputRule {
  /** Tells it from an output rule. */
  readonly kind: "input";
  /** The name that is set. */
  readonly key: string;
  /** Names under which the transformed value is stored. */
  readonly targets: readonly string[];
  /** Names of the transformations, applied from left to right. */
  readonly tforms: readonly string[];
}

/** `key -> source:tforms`: what reading `key` gives. */
export interface OutputRule {
  /** Tells it from an input rule. */
  readonly kind: "output";
  /** The name that is read. */
  readonly key: string;
  /** The name that is read instead. */
  readonly source: string;
  /** Names of the transformations, applied from left to right. */
  readonly tforms: readonly string[];
}

/** One parsed rule. */
export type Rule = InputRule | OutputRule;

const FORMS = '"targets <- key:tform" or "key -> source:tform"';

/** Rules that hold in the statuses that a pattern matches. */
interface Group {
  readonly pattern: RegExp;
  readonly rules: readonly Rule[];
}

/**
 * The rules of a Vode, parsed once.
 *
 * @example
 * ```ts
 * import { pxc } from "@vodes/vodes";
 *
 * const rules = new pxc.Ruleset({ init: "h, u <- u" });
 * console.log(rules.inputs("init", "u")[0].targets); // ["h", "u"]
 * ```
 * @see pcax `pxc.Ruleset`
 */
export class Ruleset {
  readonly #groups: readonly Group[];
  readonly #warned = new Set<string>();

  /**
   * Parses rules.
   *
   * @param rules Rule texts by status pattern.
   * @param tforms Names of the transformations that rules may use, or the
   * transformations by name.
   * @throws {TreeError} If a rule or a pattern is malformed, or names an
   * unknown transformation; the message shows the rule with a caret under the
   * column.
   */
  constructor(
    rules: Rules,
    tforms: readonly string[] | Readonly<Record<string, unknown>> = [],
  ) {
    const names = Array.isArray(tforms) ? tforms : Object.keys(tforms);
    this.#groups = Object.entries(rules).map(([pattern, texts]) => ({
      pattern: statusPattern(pattern),
      rules: listOf(pattern, texts)
        .map((text) => parseRule(text, pattern, names)),
    }));
  }

  /** The input rules for a key in a status, in order. */
  inputs(status: Status, key: string): readonly InputRule[] {
    return this.#select("input", status, key);
  }

  /**
   * The output rule for a key in a status, or null. If several match, the first
   * one counts, and a warning tells so once.
   */
  output(status: Status, key: string): OutputRule | null {
    const [rule = null, second] = this.#select("output", status, key);
    const place = `"${key}" in status "${status ?? ""}"`;
    if (second !== undefined && !this.#warned.has(place)) {
      this.#warned.add(place);
      console.warn(
        `Several output rules match ${place}; the first one counts, ` +
          `which reads "${rule?.source}"`,
      );
    }
    return rule;
  }

  #select<K extends Rule["kind"]>(
    kind: K,
    status: Status,
    key: string,
  ): Extract<Rule, { kind: K }>[] {
    return this.#groups.filter(({ pattern }) => pattern.test(status ?? ""))
      .flatMap(({ rules }) => rules)
      .filter((rule): rule is Extract<Rule, { kind: K }> =>
        rule.kind === kind && rule.key === key
      );
  }
}

/** The rules for one pattern. */
function listOf(pattern: string, texts: unknown): readonly string[] {
  const list = typeof texts === "string" ? [texts] : texts;
  if (
    Array.isArray(list) && list.every((text) => typeof text === "string")
  ) return list;
  throw new TreeError(
    `Cannot parse the rules for status "${pattern}": they are ` +
      `${JSON.stringify(texts)}, expected a text or an array of them: ` +
      `write each as ${FORMS}`,
  );
}

/** A whole match: "init" does not hold in the status "init_inference". */
function statusPattern(pattern: string): RegExp {
  try {
    return new RegExp(`^(?:${pattern})$`, "u");
  } catch (error) {
    throw new TreeError(
      `Cannot parse the status pattern "${pattern}" of a ruleset: ` +
        `${(error as Error).message}, expected a regular expression: ` +
        `name a status, or use ".*" for all`,
    );
  }
}

/** Parses one rule: names and marks, from left to right. */
function parseRule(
  text: string,
  status: string,
  tforms: readonly string[],
): Rule {
  const fail = (
    at: number,
    expected: string,
    fix: string,
    given = found(text, at),
  ): never => {
    throw new TreeError(
      `Cannot parse a rule for status "${status}": ${given} at column ` +
        `${at + 1}, expected ${expected}: ${fix}\n` +
        `  ${text.replaceAll(/\s/g, " ")}\n  ${" ".repeat(at)}^`,
    );
  };
  let at = 0;
  const skipSpace = (): void => {
    while (/\s/.test(text.charAt(at))) at++;
  };
  const name = (what: string): string => {
    skipSpace();
    const match = /^[A-Za-z_$][\w$]*/.exec(text.slice(at));
    if (match === null) fail(at, what, `write it as ${FORMS}`);
    at += match![0].length;
    return match![0];
  };
  const accept = (mark: string): boolean => {
    skipSpace();
    if (!text.startsWith(mark, at)) return false;
    at += mark.length;
    return true;
  };
  const chain = (): string[] => {
    const names: string[] = [];
    while (accept(":")) {
      skipSpace();
      const start = at;
      const tform = name("the name of a transformation");
      if (!tforms.includes(tform)) {
        fail(
          start,
          tforms.length > 0
            ? `one of ${tforms.join(", ")}`
            : "a name that tforms defines, which is empty",
          "add it to the tforms of the Vode",
          `unknown transformation "${tform}"`,
        );
      }
      names.push(tform);
    }
    return names;
  };
  const end = (): void => {
    skipSpace();
    if (at < text.length) {
      fail(at, '":" or the end', `write it as ${FORMS}`);
    }
  };

  const targets = [name("a name")];
  while (accept(",")) targets.push(name("a name"));
  if (accept("<-")) {
    const rule: Rule = {
      kind: "input",
      targets,
      key: name("the name that is set"),
      tforms: chain(),
    };
    end();
    return rule;
  }
  if (!accept("->")) {
    const marks = targets.length === 1 ? '"<-", "->" or ","' : '"<-" or ","';
    fail(at, marks, `write it as ${FORMS}`);
  }
  if (targets.length > 1) {
    fail(
      text.indexOf(","),
      "one name before ->",
      "write one output rule for each name",
    );
  }
  const rule: Rule = {
    kind: "output",
    key: targets[0],
    source: name("the name that is read"),
    tforms: chain(),
  };
  end();
  return rule;
}

/** What stands at a column, for a message. */
function found(text: string, at: number): string {
  const word = /^([\w$]+|[^\w$\s]+)/.exec(text.slice(at))?.[0];
  return word === undefined ? "the rule ends" : `found "${word}"`;
}
