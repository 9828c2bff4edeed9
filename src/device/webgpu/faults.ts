/**
 * What went wrong on a GPU: it says so later than the call that caused it, so
 * it is kept until somebody waits for a result.
 *
 * @module
 */
import { DeviceError, KernelError } from "../../base/errors.ts";

/** How long a failure may come before the news that the device is gone. */
const NEWS_MS = 100;

/** Failures of one device. */
export class Faults {
  readonly #lost: Promise<void>;
  /** Why nothing runs any more; null while the device works. */
  #end: string | null = null;
  /** What failed first since somebody was told. */
  #error: Error | null = null;
  /** Number of errors, and of those that somebody was told of. */
  #count = 0;
  #told = 0;
  /** Answers that are still to come. */
  readonly #checks = new Set<Promise<void>>();

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
    this.#lost = device.lost.then(({ reason, message }) => {
      const why = message.trim() || reason || "nobody knows why";
      this.end(`the GPU was lost (${why})`);
    });
  }

  /** Notes an error for those who wait. A kernel's explains the others. */
  report(error: Error): void {
    const explains = error instanceof KernelError &&
      !(this.#error instanceof KernelError);
    if (this.#count === this.#told || explains) this.#error = error;
    this.#count++;
  }

  /** Notes that the device is gone. */
  end(why: string): void {
    this.#end ??= why;
  }

  /** Lets those who wait for a result wait for `check` too. */
  check(
    check: Promise<GPUError | null>,
    tell: (message: string) => void,
  ): void {
    const done = check.then((error) => {
      if (error !== null) tell(error.message.trim());
    }, () => {
      // The device is gone; whoever waits is told that.
    });
    this.#checks.add(done);
    done.finally(() => this.#checks.delete(done));
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
        'open it again with await init("webgpu"), load saved params and ' +
        "seed px.RKG",
    );
  }

  /** To be kept with what somebody begins to wait for, for {@link rethrow}. */
  mark(): number {
    return this.#told;
  }

  /**
   * Tells of what failed, all who began to wait before one was told.
   *
   * @throws {DeviceError} If something has.
   * @throws {KernelError} If a kernel does not compile.
   */
  async rethrow(action: string, mark: number): Promise<void> {
    await Promise.all(this.#checks);
    this.rejectIfGone(action);
    if (this.#count === mark) return;
    this.#told = this.#count;
    throw this.#error;
  }

  /**
   * Tells why memory cannot be mapped.
   *
   * @throws {DeviceError} Always.
   * @throws {KernelError} If a kernel does not compile.
   */
  async unmapped(action: string, mark: number, error: unknown): Promise<never> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, NEWS_MS);
    });
    await Promise.race([this.#lost, late]);
    clearTimeout(timer);
    await this.rethrow(action, mark);
    const why = error instanceof Error ? error.message : String(error);
    throw new DeviceError(
      `Cannot ${action} on "webgpu": it does not hand out its memory ` +
        `(${why}), expected a GPU that does: open it again with ` +
        'await init("webgpu")',
    );
  }
}
