/**
 * The kinds of error this library throws. Every message has the form
 * `Cannot <action>: <what was given>, expected <what>: <how to fix it>`.
 *
 * @module
 */

/** Shapes or dtypes do not fit the operation. */
export class ShapeError extends Error {
  /** Name shown in stack traces. */
  override readonly name: string = "ShapeError";
}

/** A pytree, mask or saved file does not have the expected structure. */
export class TreeError extends Error {
  /** Name shown in stack traces. */
  override readonly name: string = "TreeError";
  /** Path of the offending node, such as `.vodes[0].h`; empty at the root. */
  readonly path: string;
  /** Makes the error from its message and the path of the offending node. */
  constructor(message: string, path = "") {
    super(message);
    this.path = path;
  }
}

/** A traced value was used where a concrete one is needed, or has leaked. */
export class TraceError extends Error {
  /** Name shown in stack traces. */
  override readonly name: string = "TraceError";
}

/** A device is missing, failed, ran out of memory or was mixed with another. */
export class DeviceError extends Error {
  /** Name shown in stack traces. */
  override readonly name: string = "DeviceError";
}

/** A generated kernel does not compile; carries the generated source. */
export class KernelError extends Error {
  /** Name shown in stack traces. */
  override readonly name: string = "KernelError";
  /** The generated source that failed. */
  readonly source: string;
  /** Makes the error from its message and the generated source. */
  constructor(message: string, source: string) {
    super(message);
    this.source = source;
  }
}
