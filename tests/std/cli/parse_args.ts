/**
 * A thin stand-in for `@std/cli/parse-args`, for the examples and benchmarks
 * where JSR is out of reach, and in Bun. It follows the real function for
 * `string`, `boolean`, `default`, `alias`, `negatable`, `collect`, `unknown`,
 * `--key=value`, `--key value`, grouped short flags and `--`.
 *
 * @module
 */

/** The options of {@link parseArgs}; B, S, C, N are the names declared. */
export interface ParseOptions<
  B extends string,
  S extends string,
  C extends string,
  N extends string,
  D extends Record<string, unknown>,
> {
  /** Names that are flags: `--name`, `--name=false`; false when absent. */
  boolean?: readonly B[];
  /** Names whose value stays a string. */
  string?: readonly S[];
  /** Names that may be given several times; an array, empty when absent. */
  collect?: readonly C[];
  /** Names that `--no-name` sets to false. */
  negatable?: readonly N[];
  /** The values of absent names. */
  default?: D;
  /** Other names of a name. */
  alias?: Readonly<Record<string, string | readonly string[]>>;
  /** Is shown what was not declared; false keeps it out of the result. */
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** The type of a name of `string`. */
export type StringValue<
  K extends string,
  C extends string,
  D extends Record<string, unknown>,
> = K extends C ? string[]
  : K extends keyof D ? string | D[K]
  : string | undefined;

/** What {@link parseArgs} returns. */
export type Args<
  B extends string,
  S extends string,
  C extends string,
  D extends Record<string, unknown>,
> =
  & { [K in B]: K extends C ? boolean[] : boolean }
  & { [K in S]: StringValue<K, C, D> }
  & { [K in Exclude<C, B | S>]: unknown[] }
  & { [K in Exclude<keyof D, B | S | C>]: unknown }
  & { [name: string]: unknown }
  & { _: (string | number)[] };

const NUMBER = /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(e[-+]?\d+)?$|^0x[0-9a-f]+$/i;
const FLAG = /^--(?<key>[^=]+)(?:=(?<value>.*))?$/s;

/** Reads command line arguments into an object. */
export function parseArgs<
  const B extends string = never,
  const S extends string = never,
  const C extends string = never,
  const N extends string = never,
  const D extends Record<string, unknown> = Record<never, never>,
>(
  args: readonly string[],
  options: ParseOptions<B, S, C, N, D> = {},
): Args<B, S, C, D> {
  const names = aliasGroups(options.alias ?? {});
  const group = (key: string): string[] => names.get(key) ?? [key];
  const set = (keys: readonly string[] = []): Set<string> =>
    new Set(keys.flatMap(group));
  const booleans = set(options.boolean);
  const strings = set(options.string);
  const collected = set(options.collect);
  const negatable = set(options.negatable);
  const declared = (key: string): boolean =>
    names.has(key) ||
    [booleans, strings, collected, negatable].some((s) => s.has(key));

  const positional: (string | number)[] = [];
  const result: Record<string, unknown> = { _: positional };
  const given = new Set<string>();

  const put = (arg: string, key: string, raw: string | boolean): void => {
    const value = convert(raw, strings.has(key), booleans.has(key));
    const ask = options.unknown;
    if (ask && !declared(key) && ask(arg, key, value) === false) return;
    for (const name of group(key)) {
      const before = given.has(name) ? result[name] : [];
      result[name] = collected.has(name) && Array.isArray(before)
        ? [...before, value]
        : value;
      given.add(name);
    }
  };
  const add = (arg: string): void => {
    if (options.unknown?.(arg) === false) return;
    positional.push(NUMBER.test(arg) ? Number(arg) : arg);
  };

  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    if (arg === "--") {
      args.slice(i + 1).forEach((rest) => positional.push(rest));
      break;
    }
    const long = FLAG.exec(arg)?.groups;
    const short = !long && /^-[^-\d.]/.test(arg);
    if (!long && !short) {
      add(arg);
      continue;
    }
    const { key, value } = long ?? shortFlag(arg, put);
    const positive = key.replace(/^no-/, "");
    if (long && positive !== key && negatable.has(positive)) {
      put(arg, positive, false);
    } else if (value !== undefined) {
      put(arg, key, value);
    } else if (takesNext(args[i + 1], booleans.has(key))) {
      put(arg, key, args[++i]);
    } else {
      put(arg, key, strings.has(key) ? "" : true);
    }
  }

  const fill = (name: string, value: unknown): void => {
    if (!(name in result)) result[name] = value;
  };
  for (const [key, value] of Object.entries(options.default ?? {})) {
    for (const name of group(key)) fill(name, value);
  }
  for (const name of booleans) fill(name, false);
  for (const name of collected) fill(name, []);
  return result as Args<B, S, C, D>;
}

function aliasGroups(
  alias: Readonly<Record<string, string | readonly string[]>>,
): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const [key, other] of Object.entries(alias)) {
    const all = [key, ...(typeof other === "string" ? [other] : other)];
    for (const name of all) groups.set(name, all);
  }
  return groups;
}

function convert(
  raw: string | boolean,
  isString: boolean,
  isBoolean: boolean,
): unknown {
  if (typeof raw === "boolean" || isString) return raw;
  if (isBoolean) return raw !== "false";
  return NUMBER.test(raw) ? Number(raw) : raw;
}

/** Is the next argument the value of this option? */
function takesNext(next: string | undefined, isBoolean: boolean): boolean {
  if (next === undefined) return false;
  if (isBoolean) return next === "true" || next === "false";
  return !next.startsWith("-") || NUMBER.test(next);
}

/** `-abc`: sets a and b, returns c; `-n5` and `-n=5` carry a value. */
function shortFlag(
  arg: string,
  put: (arg: string, key: string, raw: string | boolean) => void,
): { key: string; value?: string } {
  const letters = arg.slice(1);
  for (let i = 0; i < letters.length - 1; i++) {
    const rest = letters.slice(i + 1);
    if (rest[0] === "=") return { key: letters[i], value: rest.slice(1) };
    if (NUMBER.test(rest)) return { key: letters[i], value: rest };
    put(arg, letters[i], true);
  }
  return { key: letters.at(-1) ?? "" };
}
