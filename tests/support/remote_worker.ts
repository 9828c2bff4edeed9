/**
 * The worker of remote_device.ts: opens a device and does what it is asked for,
 * in order.
 */
import { workerData } from "node:worker_threads";
import {
  type Device,
  type Executable,
  HostStorage,
  type Storage,
} from "../../src/device/device.ts";
import { defaultDevice, init } from "../../src/devices.ts";
import { lookForGpu } from "./gpu.ts";
import {
  failureOf,
  type Note,
  type Operand,
  type Reply,
  type Request,
  type Start,
} from "./remote_protocol.ts";

const { name, port, replies }: Start = workerData;

const storages = new Map<number, Storage>();
const executables = new Map<number, Executable>();
/** The number by which a storage goes: one updated in place gets another. */
const numbers = new WeakMap<Storage, number>();

function keep(id: number, storage: Storage): void {
  storages.set(id, storage);
  numbers.set(storage, id);
}

/** Releases a storage, unless it lives on by another number. */
function release(id: number): void {
  const storage = storages.get(id)!;
  if (numbers.get(storage) === id) storage.release();
}

function storageOf(operand: Operand): Storage {
  if ("data" in operand) return new HostStorage(operand.data);
  const storage = storages.get(operand.id)!;
  // Host storage has always escaped.
  storage.escaped ||= operand.escaped;
  return storage;
}

const device = open();

async function open(): Promise<Device> {
  const found = name === "webgpu" ? await lookForGpu() : null;
  const isFound = found !== null && "options" in found;
  await init(name, isFound ? found.options : undefined);
  return defaultDevice();
}

/** Does one thing; gives what can be copied to who asked for it. */
async function answer(request: Request): Promise<unknown> {
  const opened = await device;
  switch (request.ask) {
    case "compile": {
      const executable = opened.compile(request.plan);
      executables.set(request.id, executable);
      return executable.profile !== undefined;
    }
    case "run": {
      const inputs = request.inputs.map(storageOf);
      const outputs = executables.get(request.id)!.run(inputs);
      outputs.forEach((storage, j) => keep(request.outputs[j], storage));
      return undefined;
    }
    case "profile": {
      const inputs = request.inputs.map(storageOf);
      const executable = executables.get(request.id)!;
      const { outputs, times } = executable.profile!(inputs);
      outputs.forEach((storage, j) => keep(request.outputs[j], storage));
      return await times;
    }
    case "persist": {
      const { id, from, dtype, size } = request;
      keep(id, opened.persist(storageOf(from), dtype, size));
      return undefined;
    }
    case "read":
      return (await storages.get(request.id)!.read()).slice();
    case "memory":
      return opened.memory();
    case "close":
      opened.dispose?.();
      return undefined;
  }
}

const HEED: { readonly [T in Note["tell"]]: (id: number) => void } = {
  release,
  "forget storage"(id) {
    release(id);
    storages.delete(id);
  },
  dispose: (id) => executables.get(id)!.dispose(),
  "forget executable"(id) {
    executables.get(id)!.dispose();
    executables.delete(id);
  },
};

async function reply(answer: () => Promise<unknown>): Promise<void> {
  let message: Reply;
  try {
    message = { value: await answer() };
  } catch (error) {
    message = { failure: failureOf(error) };
  }
  port.postMessage(message);
  Atomics.add(replies, 0, 1);
  Atomics.notify(replies, 0);
}

let last = reply(async () => {
  const facts = Object.entries(await device).filter(([, fact]) =>
    typeof fact !== "function"
  );
  return Object.fromEntries(facts);
});
port.on("message", (message: Request | Note) => {
  last = last.then(() =>
    "tell" in message
      ? HEED[message.tell](message.id)
      : reply(() => answer(message))
  );
});
