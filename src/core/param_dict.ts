/**
 * ParamDict: a tracked dictionary, such as the cache of a Vode.
 *
 * @module
 */
import { DynamicParam, formatValue } from "./param.ts";

/** Entries of a {@link ParamDict}. */
export type Entries = Record<string, unknown>;

/**
 * A tracked dictionary. Cleared (`null`) it reads as empty.
 *
 * @see pcax `px.ParamDict`
 */
export class ParamDict extends DynamicParam<Entries> {
  /** Holds `value`, null when empty. */
  constructor(value: Entries | null = null) {
    super(value);
  }

  /** The whole dictionary (null when cleared), or one entry. */
  override get(key?: string, fallback: unknown = null): unknown {
    const entries = super.get() as Entries | null;
    if (key === undefined) return entries;
    return entries !== null && Object.hasOwn(entries, key)
      ? entries[key]
      : fallback;
  }

  /** Whether there is an entry of that name. */
  has(key: string): boolean {
    const entries = DynamicParam.peek(this) as Entries | null;
    return entries !== null && Object.hasOwn(entries, key);
  }

  /** Adds or replaces an entry; a cleared dictionary becomes one again. */
  setItem(key: string, value: unknown): this {
    const entries = DynamicParam.peek(this) as Entries | null;
    DynamicParam.put(this, { ...entries, [key]: value });
    return this;
  }

  /** `Cache(params={u: ...})`. */
  override toString(): string {
    const entries = DynamicParam.peek(this) as Entries | null;
    const body = entries === null
      ? "None"
      : `{${
        Object.entries(entries).map(([k, v]) => `'${k}': ${formatValue(v)}`)
          .join(", ")
      }}`;
    return `${this.constructor.name}(params=${body})`;
  }
}

/**
 * A dictionary of temporary values, cleared after each step.
 *
 * @see pcax `px.ParamCache`
 */
export class ParamCache extends ParamDict {}
