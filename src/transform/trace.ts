/**
 * Tracing: how running user code yields a Program. There is one current trace
 * or none; a primitive applied during a trace is recorded in it, otherwise it
 * runs at once. A trace may use values of the traces around it and concrete
 * values: they become extra inputs of its Program.
 *
 * @module
 */
import { TraceError } from "../base/errors.ts";
import { type Aval, formatAval } from "../base/shape.ts";
import type { Storage } from "../device/device.ts";
import type { Primitive, PrimitiveParams } from "../ir/primitives.ts";
import { Builder, inline, type Program, type ValueId } from "../ir/program.ts";
import { execute } from "./execute.ts";
import { timePhase } from "./recorder.ts";

/** A tensor as transforms see it: concrete elements, or a value of a trace. */
export class Value {
  /** Dtype and shape. */
  readonly aval: Aval;
  /** Elements of a concrete value. */
  readonly storage: Storage | null;
  /** Trace a symbolic value belongs to. */
  readonly trace: Trace | null;
  /** Id in that trace's Program. */
  readonly id: ValueId;

  /** Concrete when `storage` is given, symbolic when `trace` is. */
  constructor(
    aval: Aval,
    storage: Storage | null,
    trace: Trace | null = null,
    id: ValueId = -1,
  ) {
    this.aval = aval;
    this.storage = storage;
    this.trace = trace;
    this.id = id;
  }

  /**
   * The elements' storage.
   *
   * @throws {TraceError} If the value is symbolic.
   */
  concrete(action: string): Storage {
    if (this.storage !== null) return this.storage;
    const { name, closed } = this.trace!;
    throw new TraceError(
      closed
        ? leakMessage(action, this)
        : `Cannot ${action}: ${formatAval(this.aval)} is being traced in ` +
          `"${name}" and has no elements yet, expected a concrete tensor: ` +
          "return it from the function and read it there, or use debug.print",
    );
  }
}

/** A Program under construction by running user code. */
export class Trace {
  /** What is being traced, for messages. */
  readonly name: string;
  /** The trace around this one. */
  readonly parent: Trace | null;
  /** The Program so far. */
  readonly builder: Builder = new Builder();
  /** Outside values that became inputs, in order. */
  readonly captured: Value[] = [];
  /** Set when the traced function has returned. */
  closed = false;
  /** Whether the function sees one sample of a batch. */
  isPerSample = false;
  readonly #lifted = new Map<Value, ValueId>();

  /** Starts a trace inside `parent`. */
  constructor(name: string, parent: Trace | null) {
    this.name = name;
    this.parent = parent;
  }

  /** Declares an argument. */
  argument(aval: Aval): Value {
    return new Value(aval, null, this, this.builder.input(aval));
  }

  /** The id of `value` in this trace; an outside value becomes an input. */
  lift(value: Value): ValueId {
    if (value.trace === this) return value.id;
    if (value.trace?.closed) {
      throw new TraceError(leakMessage(`use it in "${this.name}"`, value));
    }
    let id = this.#lifted.get(value);
    if (id === undefined) {
      id = this.builder.input(value.aval);
      this.#lifted.set(value, id);
      this.captured.push(value);
    }
    return id;
  }

  /** Wraps ids of this trace. */
  wrap(ids: readonly ValueId[]): Value[] {
    return ids.map((id) => new Value(this.builder.avals[id], null, this, id));
  }
}

let current: Trace | null = null;

/** The trace that records primitives now, or null. */
export function currentTrace(): Trace | null {
  return current;
}

/** Says that the function being traced sees one sample of a batch. */
export function markPerSample(): void {
  if (current !== null) current.isPerSample = true;
}

/** Whether code that runs now is part of a function that sees one sample. */
export function isPerSample(): boolean {
  for (let trace = current; trace !== null; trace = trace.parent) {
    if (trace.isPerSample) return true;
  }
  return false;
}

/** Applies a primitive: recorded in the current trace, or run at once. */
export function bind<P extends Primitive>(
  primitive: P,
  inputs: readonly Value[],
  params: PrimitiveParams[P],
): Value[] {
  if (current !== null) {
    const trace = current;
    const ids = inputs.map((v) => trace.lift(v));
    return trace.wrap(trace.builder.emit(primitive, ids, params));
  }
  const builder = new Builder();
  const ids = inputs.map((v) => builder.input(v.aval));
  const outputs = builder.emit(primitive, ids, params);
  if (primitive === "reshape") {
    // The same elements: two values share one storage, which nobody overwrites.
    const storage = inputs[0].concrete("reshape");
    storage.escaped = true;
    return [new Value(builder.avals[outputs[0]], storage)];
  }
  return run(builder.build(outputs), inputs);
}

/** Applies a Program: its nodes are recorded, or it runs at once. */
export function apply(program: Program, args: readonly Value[]): Value[] {
  if (current === null) return run(program, args);
  return emitInto(args, (builder, ids) => inline(builder, program, ids));
}

/**
 * Applies what `emit` appends to a Program: the current trace's, or a new one
 * that runs at once.
 */
export function emitInto(
  args: readonly Value[],
  emit: (builder: Builder, ids: readonly ValueId[]) => readonly ValueId[],
): Value[] {
  if (current !== null) {
    const trace = current;
    const ids = args.map((v) => trace.lift(v));
    return trace.wrap(emit(trace.builder, ids));
  }
  const builder = new Builder();
  const ids = args.map((v) => builder.input(v.aval));
  return run(builder.build(emit(builder, ids)), args);
}

/** What tracing a function yields. */
export interface Traced {
  /** Inputs: the arguments, then the captured values. */
  readonly program: Program;
  /** Outside values the function used. */
  readonly captured: readonly Value[];
}

/**
 * Runs `fn` on symbolic arguments and records what it computes.
 *
 * @param name Shown in messages.
 * @param avals Avals of the arguments.
 */
export function trace(
  name: string,
  avals: readonly Aval[],
  fn: (args: Value[]) => readonly Value[],
): Traced {
  // Inner traces are part of the outermost one.
  return current === null
    ? timePhase("trace", () => record(name, avals, fn))
    : record(name, avals, fn);
}

function record(
  name: string,
  avals: readonly Aval[],
  fn: (args: Value[]) => readonly Value[],
): Traced {
  const trace = new Trace(name, current);
  current = trace;
  try {
    const args = avals.map((a) => trace.argument(a));
    const outputs = fn(args).map((v) => trace.lift(v));
    return { program: trace.builder.build(outputs), captured: trace.captured };
  } finally {
    trace.closed = true;
    current = trace.parent;
  }
}

function run(program: Program, args: readonly Value[]): Value[] {
  const storages = args.map((v) => v.concrete("run an operation"));
  return execute(program, storages).map((storage, i) =>
    new Value(program.avals[program.outputs[i]], storage)
  );
}

function leakMessage(action: string, value: Value): string {
  return `Cannot ${action}: ${formatAval(value.aval)} is a traced value that ` +
    `leaked out of "${value.trace!.name}", expected a value of the code that ` +
    "uses it: return it from the function instead of storing it outside";
}
