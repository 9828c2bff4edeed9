/**
 * What went wrong on a GPU: it says so later than the call that caused it, so
 * it is kept until somebody waits for a result.
 *
 * @module
 */
import { DeviceError } from "../../base/errors.ts";

/** Failures of one device. */
export class Faults {
  /** Why nothing runs any more; null while the device works. */
  #end: string | null = null;
  /** What failed since somebody was told. */
  #error: Error | null = null;

  /** Listens to `device`. */
  constructor(device: GPUDevice) {
    device.addEventListener("uncapturederror", (event) => {
      const { error } = event as GPUUncapturedErrorEvent;
      this.report(
        new DeviceError(
          `Cannot compute on "webgpu": ${error.message.trim()}, expected no ` +
            "error: results since the last read are wrong",
        ),
      );
    });
    device.lost.then(({ reason, message }) => {
      this.end(
        `the GPU was lost (${[reason, message.trim()].filter(Boolean)})`,
      );
    });
  }

  /** Notes an error for the next who waits. */
  report(error: Error): void {
    this.#error ??= error;
  }

  /** Notes that the device is gone. */
  end(why: string): void {
    this.#end ??= why;
  }

  /**
   * Refuses to go on with a device that is gone.
   *
   * @param action What was to be done, after "Cannot".
   * @throws {DeviceError} If it is.
   */
  rejectIfGone(action: string): void {
    if (this.#end === null) return;
    throw new DeviceError(
      `Cannot ${action} on "webgpu": ${this.#end}, expected a device in use: ` +
        'open it again with await init("webgpu") and load saved params',
    );
  }

  /**
   * Tells of what failed.
   *
   * @throws {DeviceError} If something has.
   * @throws {KernelError} If a kernel does not compile.
   */
  rethrow(action: string): void {
    this.rejectIfGone(action);
    const error = this.#error;
    this.#error = null;
    if (error !== null) throw error;
  }
}
