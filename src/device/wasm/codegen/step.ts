/**
 * The operations of a Plan as one generated module: a function per distinct
 * fused loop, and one that runs them and the kernels in order.
 *
 * @module
 */
import type { Probe } from "../../probe.ts";
import type { Address, Assembly, Group, Operation } from "../assembly.ts";
import type { KernelName } from "../kernel_names.ts";
import type { Kernels, VectorName } from "../kernel_types.ts";
import type { Scheduled, Split } from "../schedule.ts";
import {
  F64,
  FunctionBody,
  I32,
  type Local,
  type MemoryLimits,
  ModuleBuilder,
  V128,
  type ValueType,
} from "./encoder.ts";
import { emitBranch, emitWhile } from "./flow.ts";
import { emitGroup, groupKey } from "./group.ts";
import {
  barrier,
  emitBarrier,
  emitIsFirst,
  emitScaled,
  emitShare,
  type Share,
  TEAM,
} from "./team.ts";

/** Name of the import by which a module tells its probe. */
const MARK = "mark";

type Of<O extends Operation["op"]> = Extract<Operation, { op: O }>;

/** A generated module, and what it imports. */
export interface GeneratedStep {
  /** Exports `run(table)`, with a schedule `run(table, ...team)`. */
  readonly wasm: Uint8Array<ArrayBuffer>;
  /** Kernels it imports by their names. */
  readonly kernels: readonly (keyof Kernels)[];
  /** Copies of windows it imports as `window0`, `window1`, ... */
  readonly windows: readonly Of<"window">[];
}

/**
 * Generates the module that runs the operations of `assembly`.
 *
 * @param probe Times the calls of a module without a schedule, which then
 * imports `mark`.
 */
export function generateStep(
  assembly: Assembly,
  schedule: readonly Scheduled[] | null,
  memory: MemoryLimits,
  probe: Probe | null = null,
): GeneratedStep {
  return new StepEmitter(assembly, schedule, probe).emit(memory);
}

class StepEmitter {
  readonly #assembly: Assembly;
  readonly #schedule: readonly Scheduled[] | null;
  readonly #probe: Probe | null;
  readonly #module = new ModuleBuilder();
  readonly #kernels = new Set<keyof Kernels>();
  readonly #windows: Of<"window">[] = [];
  readonly #groups = new Map<string, number>();
  readonly #body: FunctionBody;
  readonly #slots: Local[];
  readonly #shares = new Map<number, Share>();
  #barrier = -1;

  constructor(
    assembly: Assembly,
    schedule: readonly Scheduled[] | null,
    probe: Probe | null,
  ) {
    this.#assembly = assembly;
    this.#schedule = schedule;
    this.#probe = probe;
    const team = schedule === null ? [] : Object.values(TEAM);
    this.#body = new FunctionBody([I32, ...team.map(() => I32)]);
    this.#slots = assembly.origins.map(() => this.#body.local(I32));
  }

  emit(memory: MemoryLimits): GeneratedStep {
    const { operations, origins, scratch, scratchBytes } = this.#assembly;
    const body = this.#body;
    const schedule = this.#schedule;
    this.#import(operations, schedule);
    this.#slots.forEach((local, slot) => {
      body.get(0).load(4 * origins[slot]).set(local);
    });
    if (schedule === null) {
      this.#probe?.start.forEach((mark) => this.#mark(mark));
      this.#emit(operations);
    } else {
      this.#barrier = this.#module.imported +
        this.#module.add(barrier());
      body.get(this.#slots[scratch]);
      emitScaled(body, TEAM.thread, scratchBytes);
      body.set(this.#slots[scratch]);
      // Nothing is written before all are here.
      this.#emitTeam([{ by: "barrier" }, ...schedule]);
    }
    const run = this.#module.add(body);
    return {
      wasm: this.#module.encode(run, memory),
      kernels: [...this.#kernels],
      windows: this.#windows,
    };
  }

  /** Declares the imports and adds the functions of the groups. */
  #import(
    operations: readonly Operation[],
    schedule: readonly Scheduled[] | null,
  ): void {
    const groups = new Map<string, readonly [Group, boolean]>();
    const collect = (list: readonly Operation[]) => {
      for (const operation of list) {
        if (operation.op === "loop" || operation.op === "task") {
          collect(operation.body);
        } else if (operation.op === "choice") {
          operation.bodies.forEach(collect);
        } else if (operation.op === "kernel") {
          this.#kernel(operation.name, operation.args.length);
        } else if (operation.op === "window") {
          const index = this.#windows.push(operation) - 1;
          this.#module.import(`window${index}`, [I32, I32, I32]);
        } else {
          groups.set(keyOf(operation.group, false), [operation.group, false]);
        }
      }
    };
    const collectTeam = (list: readonly Scheduled[]) => {
      for (const item of list) {
        if (item.by === "loop") collectTeam(item.body);
        else if (item.by === "choice") item.bodies.forEach(collectTeam);
        else if (item.by === "one") collect(item.operations);
        else if (item.by === "all") {
          const { operation } = item;
          if (operation.op !== "group") collect([operation]);
          else {groups.set(keyOf(operation.group, true), [
              operation.group,
              true,
            ]);}
        }
      }
    };
    if (schedule === null) collect(operations);
    else collectTeam(schedule);
    if (this.#probe !== null) this.#module.import(MARK, [I32]);
    // A group's kernels become known as it is emitted, before its function is
    // called; functions are numbered after all imports.
    const bodies = [...groups].map(([key, [group, split]]) =>
      [key, emitGroup(group, (name) => this.#vector(name), split)] as const
    );
    for (const [key, body] of bodies) {
      this.#groups.set(key, this.#module.add(body));
    }
  }

  #kernel(name: KernelName, count: number): number {
    this.#kernels.add(name);
    return this.#module.import(name, new Array<ValueType>(count).fill(I32));
  }

  #vector(name: VectorName): number {
    this.#kernels.add(name);
    return importVector(this.#module, name);
  }

  #emit(operations: readonly Operation[]): void {
    for (const operation of operations) {
      switch (operation.op) {
        case "task":
          this.#emit(operation.body);
          if (this.#probe !== null) this.#mark(this.#probe.add(operation.call));
          break;
        case "kernel":
          for (const arg of operation.args) {
            if (typeof arg === "number") this.#body.i32(arg);
            else this.#push(arg);
          }
          this.#body.call(this.#kernel(operation.name, operation.args.length));
          break;
        case "group":
          for (const address of operation.args) this.#push(address);
          this.#callGroup(operation.group, false);
          break;
        case "window": {
          const { whole, window, starts } = operation;
          for (const address of [whole, window, starts]) this.#push(address);
          const index = this.#windows.indexOf(operation);
          this.#body.call(this.#module.import(`window${index}`, []));
          break;
        }
        case "choice":
          this.#emitChoice(operation, (i) => this.#emit(operation.bodies[i]));
          break;
        case "loop":
          this.#emitLoop(operation, () => this.#emit(operation.body));
      }
    }
  }

  #mark(mark: number): void {
    this.#body.i32(mark).call(this.#module.import(MARK, [I32]));
  }

  #emitTeam(schedule: readonly Scheduled[]): void {
    const body = this.#body;
    for (const item of schedule) {
      switch (item.by) {
        case "one":
          emitIsFirst(body);
          body.when(() => this.#emit(item.operations));
          break;
        case "all":
          this.#emitShare(item.operation, item.split);
          break;
        case "loop":
          this.#emitLoop(item.loop, () => this.#emitTeam(item.body));
          break;
        case "choice":
          this.#emitChoice(item.choice, (i) => this.#emitTeam(item.bodies[i]));
          break;
        case "barrier":
          emitBarrier(body, this.#barrier);
      }
    }
  }

  /** Emits what this thread does of an operation. */
  #emitShare(operation: Operation, split: Split): void {
    const body = this.#body;
    const share = this.#share(split.units);
    if (operation.op === "loop") {
      this.#emitIterations(operation, share);
    } else if (operation.op === "group") {
      operation.args.forEach((address, i) => {
        this.#push(address);
        emitScaled(body, share.start, split.bytes[i]);
      });
      body.get(share.count);
      this.#callGroup(operation.group, true);
    } else if (operation.op === "kernel") {
      const { name, args } = operation;
      args.forEach((arg, i) => {
        if (i === split.count) body.get(share.count);
        else if (typeof arg === "number") body.i32(arg);
        else {
          this.#push(arg);
          emitScaled(body, share.start, split.bytes[i]);
        }
      });
      body.call(this.#kernel(name, args.length));
    }
  }

  #share(units: number): Share {
    let share = this.#shares.get(units);
    if (share === undefined) {
      const body = this.#body;
      body.before(() => {
        share = emitShare(body, units);
      });
      this.#shares.set(units, share!);
    }
    return share!;
  }

  #callGroup(group: Group, split: boolean): void {
    const index = this.#groups.get(keyOf(group, split))!;
    this.#body.call(this.#module.imported + index);
  }

  #emitLoop({ count, moves }: Of<"loop">, inside: () => void): void {
    this.#body.repeat(count, () => {
      inside();
      for (const [slot, bytes] of moves) {
        this.#body.advance(this.#slots[slot], bytes);
      }
    });
    for (const [slot, bytes] of moves) {
      this.#body.advance(this.#slots[slot], -Math.imul(count, bytes));
    }
  }

  #emitChoice(
    { kind, at, most, bodies }: Of<"choice">,
    inside: (i: number) => void,
  ): void {
    const body = this.#body;
    const load = () => {
      this.#push(at);
      body.load(0);
    };
    if (kind === "while") emitWhile(body, most, load, inside);
    else emitBranch(body, bodies.length, load, inside);
  }

  /** The iterations of this thread. */
  #emitIterations({ moves, body: inside }: Of<"loop">, share: Share): void {
    const body = this.#body;
    const move = (units: Local, sign: number) => {
      for (const [slot, bytes] of moves) {
        body.get(this.#slots[slot]);
        emitScaled(body, units, sign * bytes);
        body.set(this.#slots[slot]);
      }
    };
    move(share.start, 1);
    body.repeatLocal(share.count, () => {
      this.#emit(inside);
      for (const [slot, bytes] of moves) {
        body.advance(this.#slots[slot], bytes);
      }
    });
    move(share.start, -1);
    move(share.count, -1);
  }

  #push({ slot, offset }: Address): void {
    if (slot === this.#assembly.zero) {
      this.#body.i32(offset);
      return;
    }
    this.#body.get(this.#slots[slot]);
    if (offset !== 0) this.#body.i32(offset).op(0x6a);
  }
}

function keyOf(group: Group, split: boolean): string {
  return `${split} ${groupKey(group)}`;
}

/** Imports a function of vectors: its number. */
export function importVector(module: ModuleBuilder, name: VectorName): number {
  const parameters = name === "affine"
    ? [V128, F64, F64]
    : name.startsWith("b_")
    ? [V128, V128]
    : [V128];
  return module.import(name, parameters, [V128]);
}
