/**
 * The reference device: Plans run by plain loops. It is the definition of
 * right that other devices are compared with, and in float64 mode it says how
 * much of a difference is rounding. All its storage is on the host.
 *
 * @module
 */
import { round } from "../../base/dtype.ts";
import { DeviceError } from "../../base/errors.ts";
import { formatAval, sizeOf } from "../../base/shape.ts";
import {
  type CommonOptions,
  type Device,
  type Executable,
  HostStorage,
  type ProfiledRun,
  type Storage,
} from "../device.ts";
import type { Arithmetic, Operand } from "../elementwise.ts";
import type { Plan, Step, View } from "../plan.ts";
import { erfinv64 } from "../erf.ts";
import { Probe } from "../probe.ts";
import { UNARY } from "../scalar_ops.ts";
import { prepare } from "./kernels.ts";
import { poisonedWords, type Precision, type Words, wordsOf } from "./words.ts";

export type { Precision } from "./words.ts";

/** Options of {@link openReference}. */
export interface ReferenceOptions extends CommonOptions {
  /** `f64` stores and computes f32 tensors in double precision. */
  readonly precision?: Precision;
}

/** Opens the reference device. */
export function openReference(options: ReferenceOptions = {}): Device {
  const { precision = "f32" } = options;
  return {
    info: {
      name: "reference",
      description: `plain loops in JavaScript, ${precision}`,
    },
    finiteMath: options.finiteMath,
    compile: (plan) => compile(plan, precision),
    persist: (storage) => new HostStorage(storage.readSync().slice()),
    memory: () => ({ used: 0, capacity: 0 }),
  };
}

/** What a run changes: the words of each base, each loop's iteration. */
interface State {
  readonly bases: readonly Words[];
  readonly iterations: Map<number, number>;
}

const ARITHMETIC: { readonly [P in Precision]: Arithmetic } = {
  f32: { round, unary: UNARY },
  f64: {
    round: (dtype, value) => dtype === "f32" ? value : round(dtype, value),
    unary: { ...UNARY, erfinv: erfinv64 },
  },
};

function compile(plan: Plan, precision: Precision): Executable {
  const arithmetic = ARITHMETIC[precision];
  const prepareAll = (probe: Probe | null) =>
    plan.steps.map((step) => compileStep(plan, step, arithmetic, probe));
  const steps = prepareAll(null);
  const runSteps = (
    inputs: readonly Storage[],
    run: (state: State) => void,
  ): Storage[] => {
    const bases = allocateBases(plan, inputs, precision);
    run({ bases, iterations: new Map() });
    return plan.outputs.map(({ aval }, j) =>
      new HostStorage(bases[1 + plan.inputs.length + j][aval.dtype])
    );
  };
  return {
    run: (inputs) =>
      runSteps(inputs, (state) => steps.forEach((step) => step(state))),
    profile(inputs): ProfiledRun {
      const probe = new Probe();
      const timed = prepareAll(probe);
      const outputs = runSteps(inputs, (state) =>
        probe.run(() => {
          probe.start.forEach(probe.mark);
          for (const step of timed) step(state);
        }));
      const calls = probe.times();
      const ms = calls.reduce((sum, call) => sum + call.ms, 0);
      return { outputs, times: { calls, ms, how: "1 run" } };
    },
    dispose: () => {},
  };
}

function allocateBases(
  plan: Plan,
  inputs: readonly Storage[],
  precision: Precision,
): Words[] {
  const donated = new Set(plan.outputs.map((output) => output.donated));
  const given = plan.inputs.map((aval, i) => {
    const data = inputs[i]?.readSync();
    if (data?.length !== sizeOf(aval.shape)) {
      throw new DeviceError(
        `Cannot run a plan: input ${i} has ${data?.length ?? "no"} elements, ` +
          `expected ${formatAval(aval)}`,
      );
    }
    // A donated input is overwritten: here in a copy.
    return wordsOf(donated.has(i) ? data.slice() : data, precision);
  });
  const results = plan.outputs.map(({ aval, donated }) =>
    donated === null
      ? poisonedWords(sizeOf(aval.shape), precision)
      : given[donated]
  );
  const arena = poisonedWords(Math.ceil(plan.arenaBytes / 4), precision);
  return [arena, ...given, ...results];
}

function compileStep(
  plan: Plan,
  step: Step,
  arithmetic: Arithmetic,
  probe: Probe | null,
): (state: State) => void {
  const compileAll = (steps: readonly Step[]) => {
    const runs = steps.map((s) => compileStep(plan, s, arithmetic, probe));
    return (state: State) => runs.forEach((run) => run(state));
  };
  const word = (view: View, state: State) => {
    const { words, at } = resolve(plan, view, state);
    return words[at];
  };
  if (step.step === "loop") {
    const body = compileAll(step.body);
    return (state) => {
      for (let i = 0; i < step.count; i++) {
        state.iterations.set(step.id, i);
        body(state);
      }
    };
  }
  if (step.step === "while") {
    const { flag, most } = step;
    const condition = compileAll(step.condition);
    const body = compileAll(step.body);
    return (state) => {
      for (let i = 0; i < (most ?? Infinity); i++) {
        condition(state);
        if (word(flag, state) === 0) return;
        body(state);
      }
    };
  }
  if (step.step === "branch") {
    const branches = step.branches.map(compileAll);
    return (state) => {
      const chosen = word(step.index, state);
      branches[Math.min(Math.max(chosen, 0), branches.length - 1)](state);
    };
  }
  const run = prepare(step, arithmetic);
  const { reads, writes } = step;
  const mark = probe?.add(step);
  return (state) => {
    run(
      reads.map((v) => resolve(plan, v, state)),
      writes.map((v) => resolve(plan, v, state)),
    );
    if (mark !== undefined) probe?.mark(mark);
  };
}

function resolve(plan: Plan, view: View, state: State): Operand {
  const { base, offset, steps } = plan.buffers[view.buffer];
  let bytes = offset;
  for (const s of steps) bytes += s.bytes * (state.iterations.get(s.loop) ?? 0);
  return {
    words: state.bases[base][view.dtype],
    at: bytes / 4 + view.offset,
  };
}
