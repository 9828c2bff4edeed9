/**
 * What a device in a worker (remote_device.ts) and its worker say to each
 * other. All of it is copied on the way.
 */
import type { MessagePort } from "node:worker_threads";
import type { DType, TypedArray } from "../../src/base/dtype.ts";
import {
  DeviceError,
  KernelError,
  ShapeError,
  TraceError,
  TreeError,
} from "../../src/base/errors.ts";
import type { DeviceInfo } from "../../src/device/device.ts";
import type { Plan } from "../../src/device/plan.ts";
import type { DeviceName } from "../../src/devices.ts";

/** What the worker is started with. */
export interface Start {
  readonly name: DeviceName;
  readonly port: MessagePort;
  /** One word, which counts replies. */
  readonly replies: Int32Array<SharedArrayBuffer>;
}

/** What an opened device says of itself. */
export type Facts = { readonly info: DeviceInfo } & {
  readonly [fact: string]: unknown;
};

/** Storage that the worker has, by its number, or elements on the host. */
export type Operand =
  | { readonly id: number; readonly escaped: boolean }
  | { readonly data: TypedArray };

/** What the worker is asked for. Numbers are given out by who asks. */
export type Request =
  | { readonly ask: "compile"; readonly id: number; readonly plan: Plan }
  | {
    readonly ask: "run" | "profile";
    readonly id: number;
    readonly inputs: readonly Operand[];
    readonly outputs: readonly number[];
  }
  | {
    readonly ask: "persist";
    readonly id: number;
    readonly from: Operand;
    readonly dtype: DType;
    readonly size: number;
  }
  | { readonly ask: "read"; readonly id: number }
  | { readonly ask: "memory" | "close" };

/**
 * What the worker is told, without a reply: to free something, and that nobody
 * will ask about it any more.
 */
export type Note = {
  readonly tell:
    | "release"
    | "forget storage"
    | "dispose"
    | "forget executable";
  readonly id: number;
};

/** A reply: what was asked for, or an error in its parts. */
export type Reply =
  | { readonly value: unknown }
  | { readonly failure: Failure };

/** An error without its class, which is not copied. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly path?: string;
  readonly source?: string;
}

const CLASSES = { DeviceError, ShapeError, TraceError, RangeError, TypeError };

/** Takes an error apart. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) {
    return { name: "Error", message: String(error) };
  }
  const { name, message } = error;
  if (error instanceof KernelError) {
    return { name, message, source: error.source };
  }
  return error instanceof TreeError
    ? { name, message, path: error.path }
    : { name, message };
}

/** The error again, of the class that it had. */
export function errorOf({ name, message, path, source }: Failure): Error {
  if (source !== undefined) return new KernelError(message, source);
  if (path !== undefined) return new TreeError(message, path);
  const Class = Object.hasOwn(CLASSES, name)
    ? CLASSES[name as keyof typeof CLASSES]
    : Error;
  return new Class(message);
}
