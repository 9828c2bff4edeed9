/**
 * pxf.jit: trace a function once, then run its compiled Plan. A warm call
 * walks the arguments once, compares them with the last call's, and runs.
 *
 * @module
 */
import { TraceError } from "../base/errors.ts";
import { formatAval } from "../base/shape.ts";
import type { Device, Storage } from "../device/device.ts";
import { defaultDevice } from "../devices.ts";
import type { Program } from "../ir/program.ts";
import { asTensor } from "../numpy/convert.ts";
import { Tensor } from "../numpy/tensor.ts";
import { Compiled } from "../transform/execute.ts";
import { LruCache } from "../transform/lru_cache.ts";
import { apply, currentTrace, Value } from "../transform/trace.ts";
import { functionName } from "./checks.ts";
import {
  flattenTensors,
  looseData,
  rejectRawLeaves,
  splitArguments,
} from "./collect.ts";
import { donations, releaseReplaced } from "./donations.ts";
import { RetraceWatch } from "./retrace_watch.ts";
import { sameSpec, Signature, type Spec } from "./signature.ts";
import {
  type CallParts,
  takeApart,
  toTensors,
  traceCall,
  type TracedCall,
  writeBack,
} from "./traced_call.ts";

/** Options of {@link jit}. */
export interface JitOptions {
  /** Positional arguments that are part of the function, not of its data. */
  readonly staticArgnums?: number | readonly number[];
}

/** What a jitted function offers besides being called. */
export interface JitMethods<A extends readonly unknown[]> {
  /** The optimised Program that a call with these arguments runs. */
  program(...args: A): Program;
  /** How often the function was traced. */
  readonly traces: number;
  /** Forgets all compiled calls. */
  clear(): void;
}

/** A jitted function: called like the original. */
export type Jitted<A extends readonly unknown[], R> =
  & ((...args: A) => R)
  & JitMethods<A>;

const CACHE_SIZE = 64;

/** A compiled call. */
interface Entry {
  readonly spec: Spec;
  readonly device: Device;
  readonly compiled: Compiled;
  /** Captured values, kept on the device. */
  readonly captured: readonly Storage[];
  readonly call: TracedCall;
  /** For each output that is a param's new tensor: its input, or -1. */
  readonly donated: ReadonlyMap<number, number>;
}

/**
 * Compiles `fn` for the structure, shapes and static values of its arguments;
 * JavaScript in `fn` runs only while tracing. Params in the last plain-object
 * argument are updated in place, and only if the call succeeds: their memory is
 * donated, as JAX says, unless somebody has read them. Positional tensors never
 * change, so there is nothing to donate of them.
 *
 * It traces again when the structure, a shape, a dtype or a static value changes,
 * as the mode, a status or an attribute of a param does.
 *
 * @param fn Its last plain-object argument is tracked.
 * @throws {TreeError} If an argument holds what can be neither data nor traced.
 * @throws {TraceError} If a static argument is missing or holds tensors.
 * @example
 * ```ts
 * import { pxf, tensor, type Tensor } from "@vodes/vodes";
 * const double = pxf.jit((x: Tensor) => x.mul(2));
 * console.log(double(tensor([1, 2])).toArray()); // [2, 4]
 * ```
 * @see pcax `pxf.jit`
 */
export function jit<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  options: JitOptions = {},
): Jitted<A, R> {
  const { staticArgnums = [] } = options;
  const statics = typeof staticArgnums === "number"
    ? [staticArgnums]
    : staticArgnums;
  const jitted = new JitCache(
    fn as unknown as (...args: unknown[]) => unknown,
    statics,
  );
  const call = (...args: A): R => jitted.run(args) as R;
  Object.defineProperty(call, "traces", { get: () => jitted.traces });
  return Object.assign(call, {
    program: (...args: A): Program => jitted.entry(args).compiled.program,
    clear: (): void => jitted.clear(),
  }) as Jitted<A, R>;
}

/** A jitted function and its compiled calls. */
class JitCache {
  /** How often the function was traced. */
  traces = 0;
  readonly #fn: (...args: unknown[]) => unknown;
  readonly #name: string;
  readonly #statics: readonly number[];
  readonly #entries: LruCache<Entry, Entry> = new LruCache(
    CACHE_SIZE,
    (entry) => entry.compiled.dispose(),
  );
  readonly #watch: RetraceWatch;
  #last: Entry | null = null;

  constructor(
    fn: (...args: unknown[]) => unknown,
    statics: readonly number[],
  ) {
    this.#fn = fn;
    this.#name = functionName("jit", fn);
    this.#statics = statics;
    this.#watch = new RetraceWatch(this.#name);
  }

  /** Calls the function: inlined in an outer trace, compiled otherwise. */
  run(args: readonly unknown[]): unknown {
    if (currentTrace() !== null) return this.#inline(args);
    const signature = this.#sign(args);
    const entry = this.#find(signature) ?? this.#compile(args, signature);
    return this.#execute(entry, signature);
  }

  /** The compiled call for these arguments, traced if need be. */
  entry(args: readonly unknown[]): Entry {
    const signature = this.#sign(args);
    return this.#find(signature) ?? this.#compile(args, signature);
  }

  clear(): void {
    this.#entries.clear();
    this.#last = null;
  }

  #sign(args: readonly unknown[]): Signature {
    const signature = new Signature(this.#last?.spec);
    const { positional, tracked } = splitArguments(args);
    positional.forEach((x, i) => {
      if (this.#statics.includes(i)) signature.addStatic(x);
      else signature.addPure(x);
    });
    signature.addTracked(tracked);
    return signature;
  }

  #find(signature: Signature): Entry | null {
    const device = defaultDevice();
    const last = this.#last;
    if (last?.device === device && signature.isExpected) return last;
    const { spec } = signature;
    for (const entry of this.#entries.values()) {
      if (entry.device === device && sameSpec(entry.spec, spec)) {
        return this.#last = this.#entries.get(entry)!;
      }
    }
    return null;
  }

  #execute(entry: Entry, signature: Signature): unknown {
    const inputs: Storage[] = [];
    for (const { value } of signature.tensors) inputs.push(value.storage!);
    for (const { value } of signature.loose) inputs.push(value.storage!);
    for (const storage of entry.captured) inputs.push(storage);
    const storages = entry.compiled.run(inputs);
    const { program, result, changes } = entry.call;
    const outputs = storages.map((storage, i) =>
      new Tensor(new Value(program.avals[program.outputs[i]], storage))
    );
    const slots = signature.params.map((param) => ({ param }));
    releaseReplaced(slots, changes, entry.donated);
    writeBack(slots, changes, outputs);
    return result.rebuild(outputs);
  }

  #takeApart(args: readonly unknown[]): CallParts {
    return takeApart(
      args.map((x, i) => this.#statics.includes(i) ? new Opaque(x) : x),
    );
  }

  #trace(parts: CallParts): TracedCall {
    const open = (...xs: unknown[]) =>
      this.#fn(...xs.map((x) => x instanceof Opaque ? x.value : x));
    this.traces++;
    const loose = looseData(parts.tracked);
    const tensors = [...parts.tensors, ...loose.map(asTensor)];
    const avals = tensors.map((t) => t.value.aval);
    return traceCall(this.#name, open, parts, avals, loose);
  }

  #inline(args: readonly unknown[]): unknown {
    const parts = this.#takeApart(args);
    const call = this.#trace(parts);
    const values = apply(call.program, [
      ...parts.tensors.map((t) => t.value),
      ...looseData(parts.tracked).map((x) => asTensor(x).value),
      ...call.captured,
    ]);
    const outputs = toTensors(values);
    writeBack(parts.slots, call.changes, outputs);
    return call.result.rebuild(outputs);
  }

  #compile(args: readonly unknown[], signature: Signature): Entry {
    this.#reject(args);
    for (const { value } of [...signature.tensors, ...signature.loose]) {
      value.concrete("call jit");
    }
    const parts = this.#takeApart(args);
    const call = this.#trace(parts);
    const device = defaultDevice();
    const donated = donations(parts, call);
    const compiled = new Compiled(call.program, device, donated);
    const captured = call.captured.map((value) => {
      const storage = value.concrete("capture a value in jit");
      storage.escaped = true;
      return storage;
    });
    const { spec } = signature;
    const entry = { spec, device, compiled, captured, call, donated };
    this.#watch.traced(spec, args);
    this.#entries.set(entry, entry);
    return this.#last = entry;
  }

  #reject(args: readonly unknown[]): void {
    const { positional, tracked } = splitArguments(args);
    for (const i of this.#statics) {
      if (i < positional.length) rejectTensors(this.#name, positional[i], i);
      else throw missingStatic(this.#name, i, positional.length);
    }
    positional.forEach((x, i) => {
      if (!this.#statics.includes(i)) {
        rejectRawLeaves(this.#name, x, `argument ${i}`);
      }
    });
    for (const [name, x] of Object.entries(tracked ?? {})) {
      rejectRawLeaves(this.#name, x, name);
    }
  }
}

function rejectTensors(name: string, x: unknown, i: number): void {
  const { tensors } = flattenTensors(x);
  if (tensors.length === 0) return;
  throw new TraceError(
    `Cannot jit "${name}": static argument ${i} holds ` +
      `${formatAval(tensors[0].value.aval)}, expected no tensors, which are ` +
      "data: leave it out of staticArgnums",
  );
}

function missingStatic(name: string, i: number, count: number): TraceError {
  return new TraceError(
    `Cannot jit "${name}": staticArgnums names argument ${i} of ${count} ` +
      "positional ones, expected one of them: tracked arguments are static " +
      "where px.static says so",
  );
}

/** Hides a static argument from the walk over tensors. */
class Opaque {
  readonly value: unknown;
  constructor(value: unknown) {
    this.value = value;
  }
}
