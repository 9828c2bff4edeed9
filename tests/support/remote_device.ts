/**
 * A device that lives in a worker and can be read at once, whatever it is: the
 * thread that asks sleeps until the worker has answered. So every test can run
 * on a device that by itself can only be read asynchronously.
 */
import {
  MessageChannel,
  receiveMessageOnPort,
  Worker,
} from "node:worker_threads";
import type { DType, TypedArray } from "../../src/base/dtype.ts";
import { DeviceError } from "../../src/base/errors.ts";
import type {
  Device,
  Executable,
  MemoryUse,
  ProfiledRun,
  RunTimes,
  Storage,
} from "../../src/device/device.ts";
import type { Plan } from "../../src/device/plan.ts";
import type { DeviceName } from "../../src/devices.ts";
import {
  errorOf,
  type Facts,
  type Note,
  type Operand,
  type Reply,
  type Request,
  type Start,
} from "./remote_protocol.ts";

/** The longest that a single answer may take. */
const PATIENCE_MS = 120_000;

/** The other end: a worker that answers one question at a time. */
class Remote {
  readonly #port;
  readonly #replies = new Int32Array(new SharedArrayBuffer(4));
  #numbers = 0;

  constructor(name: DeviceName) {
    const { port1, port2 } = new MessageChannel();
    const start: Start = { name, port: port2, replies: this.#replies };
    const worker = new Worker(new URL("./remote_worker.ts", import.meta.url), {
      workerData: start,
      transferList: [port2],
    });
    // Neither keeps the process alive.
    worker.unref();
    port1.unref();
    this.#port = port1;
    // Drivers crash where a process ends with a GPU in use.
    globalThis.addEventListener?.("unload", () => {
      this.ask({ ask: "close" });
      worker.terminate();
    });
  }

  /** A new number for something that the worker will have. */
  number(): number {
    return ++this.#numbers;
  }

  tell(note: Note): void {
    this.#port.postMessage(note);
  }

  /** What the worker answers; throws what it threw. */
  ask(request: Request): unknown {
    const before = Atomics.load(this.#replies, 0);
    this.#port.postMessage(request);
    return this.#answer(before, request.ask);
  }

  /** What the device says of itself, once it is open. */
  opened(): Facts {
    return this.#answer(0, "open") as Facts;
  }

  #answer(before: number, what: string): unknown {
    if (Atomics.wait(this.#replies, 0, before, PATIENCE_MS) === "timed-out") {
      throw new DeviceError(
        `Cannot wait for a worker to ${what}: no answer in ` +
          `${PATIENCE_MS / 1000} s, expected one: look for its output`,
      );
    }
    const reply = this.#receive();
    if ("failure" in reply) throw errorOf(reply.failure);
    return reply.value;
  }

  #receive(): Reply {
    // In Deno a message may be on its way when it is counted already.
    const nothing = new Int32Array(new SharedArrayBuffer(4));
    for (;;) {
      const received = receiveMessageOnPort(this.#port);
      if (received !== undefined) return received.message;
      Atomics.wait(nothing, 0, 0, 1);
    }
  }
}

const dropped = new FinalizationRegistry<() => void>((free) => free());

class RemoteStorage implements Storage {
  escaped = false;
  readonly isSync = true;
  readonly device: string;
  readonly remote: Remote;
  readonly id: number;

  constructor(remote: Remote, device: string, id: number) {
    this.remote = remote;
    this.device = device;
    this.id = id;
    dropped.register(
      this,
      () => remote.tell({ tell: "forget storage", id }),
    );
  }

  readSync(): TypedArray {
    return this.remote.ask({ ask: "read", id: this.id }) as TypedArray;
  }

  read(): Promise<TypedArray> {
    return new Promise((resolve) => resolve(this.readSync()));
  }

  release(): void {
    this.remote.tell({ tell: "release", id: this.id });
  }
}

function operandOf(remote: Remote, storage: Storage): Operand {
  return storage instanceof RemoteStorage && storage.remote === remote
    ? { id: storage.id, escaped: storage.escaped }
    // A slice has a buffer of its own: all of a buffer would be copied.
    : { data: storage.readSync().slice() };
}

function compile(remote: Remote, device: string, plan: Plan): Executable {
  const id = remote.number();
  const profiles = remote.ask({ ask: "compile", id, plan });
  const run = (ask: "run" | "profile", inputs: readonly Storage[]) => {
    const outputs = plan.outputs.map(() => remote.number());
    const operands = inputs.map((storage) => operandOf(remote, storage));
    const value = remote.ask({ ask, id, inputs: operands, outputs });
    const storages = outputs.map((id) => new RemoteStorage(remote, device, id));
    return { value, storages };
  };
  const profile = (inputs: readonly Storage[]): ProfiledRun => {
    const { value, storages } = run("profile", inputs);
    return { outputs: storages, times: value as RunTimes };
  };
  const executable: Executable = {
    run: (inputs) => run("run", inputs).storages,
    profile: profiles ? profile : undefined,
    dispose: () => remote.tell({ tell: "dispose", id }),
  };
  dropped.register(
    executable,
    () => remote.tell({ tell: "forget executable", id }),
  );
  return executable;
}

/**
 * Opens a device in a worker.
 *
 * @throws {Error} What opening it throws.
 */
export function openRemote(name: DeviceName): Device {
  const remote = new Remote(name);
  const facts = remote.opened();
  const { info } = facts;
  return {
    ...facts,
    compile: (plan) => compile(remote, info.name, plan),
    persist(storage: Storage, dtype: DType, size: number): Storage {
      const id = remote.number();
      const from = operandOf(remote, storage);
      remote.ask({ ask: "persist", id, from, dtype, size });
      return new RemoteStorage(remote, info.name, id);
    },
    memory: () => remote.ask({ ask: "memory" }) as MemoryUse,
  };
}
