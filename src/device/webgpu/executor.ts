/**
 * Runs a Plan: fills the table of addresses, encodes all dispatches in one
 * submit, hands out the outputs. Everything that can fail happens before a
 * donated input is touched.
 *
 * @module
 */
import { ELEMENT_BYTES, type TypedArray } from "../../base/dtype.ts";
import { DeviceError } from "../../base/errors.ts";
import { formatAval, sizeOf } from "../../base/shape.ts";
import type { Executable, ProfiledRun, Storage } from "../device.ts";
import type { Plan } from "../plan.ts";
import type { Workspace } from "../workspace.ts";
import { type Blueprint, draw, type Launch, sourceBase } from "./blueprint.ts";
import { Clock } from "./clock.ts";
import type { Tuning } from "./dispatches.ts";
import type { Faults } from "./faults.ts";
import type { Pointer } from "./heap.ts";
import { type Pipelines, START_BYTES } from "./pipelines.ts";
import { GpuStorage, type Memory, storeOnGpu, wordsOf } from "./storage.ts";
import { scratchBase } from "./tasks.ts";
import { BUFFER } from "./usage.ts";

/** What executables of one device share. */
export interface Engine extends Memory {
  /** The device. */
  readonly device: GPUDevice;
  /** What went wrong on it. */
  readonly faults: Faults;
  /** What suits it. */
  readonly tuning: Tuning;
  /** Its pipelines. */
  readonly pipelines: Pipelines;
  /** Memory for temporaries. */
  readonly workspace: Workspace;
  /** Copies of host storage that was used more than once; null after once. */
  readonly copies: WeakMap<Storage, GpuStorage | null>;
}

/** Numbers the runs of all executables. */
let runs = 0;

const disposed = new FinalizationRegistry<() => void>((dispose) => dispose());

/** Makes a Plan ready to run. */
export function compile(engine: Engine, plan: Plan): Executable {
  engine.faults.rejectIfGone("compile");
  return new GpuExecutable(engine, plan);
}

/** An input of one run, before anything is written. */
type Given =
  /** It is used where it is. */
  | { readonly kind: "there"; readonly storage: GpuStorage }
  /** Its elements are copied on the GPU, from there. */
  | { readonly kind: "copied"; readonly from: GpuStorage }
  /** Its elements come from the host. */
  | { readonly kind: "uploaded"; readonly data: TypedArray };

class GpuExecutable implements Executable {
  readonly #engine: Engine;
  readonly #plan: Plan;
  readonly #blueprint: Blueprint;
  readonly #sizes: readonly number[];
  /** The output that takes over an input's memory, or -1. */
  readonly #outputOf: readonly number[];
  /** The table of addresses in words, as it is on the GPU. */
  readonly #bases: Uint32Array<ArrayBuffer>;
  readonly #next: Uint32Array<ArrayBuffer>;
  readonly #words: GPUBuffer;
  readonly #starts: GPUBuffer;
  readonly #offsets: ReadonlyMap<number, number[]>;
  /** Bytes from the workspace's start: scratch, and inputs (or -1). */
  readonly #scratchAt: number;
  #inputAt: readonly number[];
  #workspaceBytes: number;
  #bindings: GPUBindGroup | null = null;
  /** The buffer that the bindings see. */
  #bound: GPUBuffer | null = null;
  #dispose: (() => void) | null;

  constructor(engine: Engine, plan: Plan) {
    const { device, pipelines, workspace } = engine;
    this.#engine = engine;
    this.#plan = plan;
    this.#blueprint = draw(pipelines, plan, engine.tuning);
    this.#sizes = plan.inputs.map((aval) => sizeOf(aval.shape));
    this.#outputOf = plan.inputs.map((_, i) =>
      plan.outputs.findIndex(({ donated }) => donated === i)
    );
    const { bases, words, launches, copies, arenaWords, scratchWords } = this
      .#blueprint;
    this.#bases = new Uint32Array(bases);
    this.#next = new Uint32Array(bases);
    const starts = new Set([...copies, ...launches].map(({ start }) => start));
    const stride = device.limits.minUniformBufferOffsetAlignment;
    this.#offsets = new Map(
      [...starts].map((start, i) => [start, [i * stride]]),
    );
    const spaced = new Uint32Array(
      (starts.size * stride + START_BYTES) / ELEMENT_BYTES,
    );
    for (const [start, [at]] of this.#offsets) {
      spaced[at / ELEMENT_BYTES] = start;
    }
    this.#scratchAt = padded(ELEMENT_BYTES * arenaWords);
    this.#inputAt = plan.inputs.map(() => -1);
    this.#workspaceBytes = this.#scratchAt +
      padded(ELEMENT_BYTES * scratchWords);
    // It may fail: nothing is made before.
    workspace.reserve(this.#workspaceBytes);
    workspace.join();
    this.#words = filled(device, "plan", BUFFER.STORAGE, words);
    this.#starts = filled(device, "starts", BUFFER.UNIFORM, spaced);
    this.#dispose = releaser(engine, [this.#words, this.#starts]);
    disposed.register(this, this.#dispose, this);
  }

  run(inputs: readonly Storage[]): Storage[] {
    return this.#run(inputs, null);
  }

  profile(inputs: readonly Storage[]): ProfiledRun {
    const { device, faults } = this.#engine;
    const { copies, launches } = this.#blueprint;
    const clock = new Clock(device, copies.length + launches.length);
    const outputs = this.#run(inputs, clock);
    return { outputs, times: clock.times(faults) };
  }

  #run(inputs: readonly Storage[], clock: Clock | null): Storage[] {
    this.#engine.faults.rejectIfGone("run a plan");
    if (this.#dispose === null) {
      throw new DeviceError(
        "Cannot run a plan: its executable was disposed, expected one in " +
          "use: compile the plan again",
      );
    }
    for (const { kernel } of this.#blueprint.launches) {
      if (kernel.error !== null) throw kernel.error;
    }
    const given = this.#look(inputs);
    const fresh = this.#allocate(given);
    // Nothing fails from here on.
    const outputs = this.#place(given, fresh);
    this.#launch(given, clock);
    return outputs;
  }

  dispose(): void {
    if (this.#dispose === null) return;
    disposed.unregister(this);
    this.#dispose();
    this.#dispose = null;
  }

  /** Decides how each input gets where the kernels find it. */
  #look(inputs: readonly Storage[]): Given[] {
    const run = ++runs;
    const given = new Array<Given>(this.#sizes.length);
    const look = (i: number): void => {
      const storage = inputs[i];
      if (!(storage instanceof GpuStorage)) {
        const data = storage?.readSync();
        this.#check(i, data?.length);
        const copy = this.#outputOf[i] < 0 ? this.#copyOf(i, storage) : null;
        given[i] = copy === null
          ? { kind: "uploaded", data: data! }
          : { kind: "there", storage: copy };
        return;
      }
      this.#check(i, storage.size);
      this.#checkPlace(i, storage);
      const donated = this.#outputOf[i] >= 0;
      const taken = storage.lastRun === run || donated && storage.escaped;
      if (donated) storage.lastRun = run;
      given[i] = taken
        ? { kind: "copied", from: storage }
        : { kind: "there", storage };
    };
    // Donated inputs first: what else uses their memory takes a copy.
    this.#outputOf.forEach((output, i) => output >= 0 && look(i));
    this.#outputOf.forEach((output, i) => output < 0 && look(i));
    return given;
  }

  /** Host storage that comes a second time stays on the GPU. */
  #copyOf(i: number, storage: Storage): GpuStorage | null {
    const { copies } = this.#engine;
    let copy = copies.get(storage);
    if (copy === undefined) {
      copies.set(storage, null);
      return null;
    }
    if (copy === null) {
      const { dtype } = this.#plan.inputs[i];
      copy = storeOnGpu(this.#engine, dtype, storage.readSync());
      copies.set(storage, copy);
    }
    return copy;
  }

  #check(i: number, size: number | undefined): void {
    if (size === this.#sizes[i]) return;
    throw new DeviceError(
      `Cannot run a plan: input ${i} has ${size ?? "no"} elements, expected ` +
        formatAval(this.#plan.inputs[i]),
    );
  }

  #checkPlace(i: number, { pointer, memory }: GpuStorage): void {
    if (memory.heap === this.#engine.heap && pointer !== 0) return;
    const [why, fix] = pointer === 0
      ? ["was released", "make the tensor again"]
      : [
        "belongs to another GPU device, which was opened before",
        'move it with await px.devicePut([model, ..., px.RKG], "webgpu"), or ' +
        "if that device is gone load params again and call px.RKG.seed(n)",
      ];
    throw new DeviceError(
      `Cannot run a plan: input ${i}, ${formatAval(this.#plan.inputs[i])}, ` +
        `${why}, expected storage of this device: ${fix}`,
    );
  }

  /** Memory for outputs and for donated inputs that cannot stay in place. */
  #allocate(given: readonly Given[]): Pointer[] {
    const { heap, workspace } = this.#engine;
    const fresh: Pointer[] = [];
    const inputAt = [...this.#inputAt];
    let bytes = this.#workspaceBytes;
    try {
      this.#plan.outputs.forEach(({ aval, donated }, j) => {
        const stays = donated !== null && given[donated].kind === "there";
        fresh[j] = stays ? 0 : heap.alloc(ELEMENT_BYTES * sizeOf(aval.shape));
      });
      given.forEach(({ kind }, i) => {
        if (kind === "there" || this.#outputOf[i] >= 0) return;
        if (inputAt[i] >= 0) return;
        inputAt[i] = bytes;
        bytes += padded(ELEMENT_BYTES * this.#sizes[i]);
      });
      workspace.reserve(bytes);
    } catch (error) {
      for (const pointer of fresh) if (pointer !== 0) heap.free(pointer);
      throw error;
    }
    this.#inputAt = inputAt;
    this.#workspaceBytes = bytes;
    return fresh;
  }

  /** Fills the table of addresses, uploads, and makes the outputs. */
  #place(given: readonly Given[], fresh: readonly Pointer[]): Storage[] {
    const { stream, workspace } = this.#engine;
    const { inputs, outputs } = this.#plan;
    const bases = this.#next;
    const results = new Array<Storage>(outputs.length);
    bases[0] = workspace.pointer / ELEMENT_BYTES;
    bases[scratchBase(this.#plan)] = (workspace.pointer + this.#scratchAt) /
      ELEMENT_BYTES;
    given.forEach((input, i) => {
      const j = this.#outputOf[i];
      const pointer = input.kind === "there"
        ? input.storage.pointer
        : j >= 0
        ? fresh[j]
        : workspace.pointer + this.#inputAt[i];
      bases[1 + i] = pointer / ELEMENT_BYTES;
      if (input.kind === "copied") {
        bases[sourceBase(this.#plan, i)] = input.from.pointer / ELEMENT_BYTES;
      } else if (input.kind === "uploaded") {
        stream.upload(pointer, wordsOf(inputs[i].dtype, input.data));
      }
    });
    outputs.forEach(({ aval: { dtype, shape }, donated }, j) => {
      const input = donated === null ? null : given[donated];
      const pointer = fresh[j];
      if (donated === null) {
        bases[1 + inputs.length + j] = pointer / ELEMENT_BYTES;
      }
      results[j] = input !== null && input.kind === "there"
        ? input.storage.handOver()
        : new GpuStorage(this.#engine, pointer, dtype, sizeOf(shape));
    });
    return results;
  }

  #launch(given: readonly Given[], clock: Clock | null): void {
    const { device, stream } = this.#engine;
    const { copies, launches } = this.#blueprint;
    if (this.#next.some((base, i) => base !== this.#bases[i])) {
      this.#bases.set(this.#next);
      device.queue.writeBuffer(this.#words, 0, this.#bases);
    }
    const bindings = this.#bind();
    stream.submit((encoder) => {
      const pass = clock === null ? encoder.beginComputePass() : null;
      const dispatch = (launch: Launch): void => {
        const { kernel, start, grid: [x, y] } = launch;
        // Each dispatch that is timed is a pass of its own.
        const own = pass ?? clock!.begin(encoder, launch);
        own.setPipeline(kernel.pipeline);
        own.setBindGroup(0, bindings, this.#offsets.get(start)!);
        own.dispatchWorkgroups(x, y);
        if (pass === null) own.end();
      };
      given.forEach(({ kind }, i) => {
        if (kind === "copied") dispatch(copies[i]);
      });
      launches.forEach(dispatch);
      pass?.end();
      clock?.resolve(encoder);
    });
  }

  /** The bindings of all kernels, made again when the heap has grown. */
  #bind(): GPUBindGroup {
    const { device, heap, pipelines } = this.#engine;
    if (this.#bindings !== null && this.#bound === heap.buffer) {
      return this.#bindings;
    }
    this.#bound = heap.buffer;
    this.#bindings = device.createBindGroup({
      layout: pipelines.bindings,
      entries: [
        { binding: 0, resource: { buffer: heap.buffer } },
        { binding: 1, resource: { buffer: this.#words } },
        {
          binding: 2,
          resource: { buffer: this.#starts, size: START_BYTES },
        },
      ],
    });
    return this.#bindings;
  }
}

/** Does not hold the executable, which can so be collected. */
function releaser({ workspace }: Engine, buffers: readonly GPUBuffer[]) {
  return () => {
    for (const buffer of buffers) buffer.destroy();
    workspace.leave();
  };
}

function filled(
  device: GPUDevice,
  label: string,
  usage: number,
  words: Uint32Array<ArrayBuffer>,
): GPUBuffer {
  const size = Math.max(words.byteLength, START_BYTES);
  const buffer = device.createBuffer({
    label,
    size,
    usage: usage | BUFFER.COPY_DST,
  });
  device.queue.writeBuffer(buffer, 0, words);
  return buffer;
}

function padded(bytes: number): number {
  return Math.ceil(bytes / 64) * 64;
}
