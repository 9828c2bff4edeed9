/**
 * A thin stand-in for `@std/cli/unstable-progress-bar`, for the examples
 * where JSR is out of reach, and in Bun. It prints once a second and at the
 * end, as the real one does, and like it only while the program awaits.
 *
 * @module
 */
import process from "node:process";

/** What a custom format is given. */
export interface ProgressBarFormatter {
  /** The bar itself: `###-------`. */
  progressBar: string;
  /** Milliseconds since the start. */
  time: number;
  /** The current value. */
  value: number;
  /** The value at the end. */
  max: number;
}

/** The options of a {@link ProgressBar}. */
export interface ProgressBarOptions {
  /** The value at the end. */
  max: number;
  /** The first value; 0. */
  value?: number;
  /** The length of the bar in characters; 50. */
  barLength?: number;
  /** What the done part is made of; `#`. */
  fillChar?: string;
  /** What the rest is made of; `-`. */
  emptyChar?: string;
  /** Whether the bar disappears at the end; false. */
  clear?: boolean;
  /** Writes the line. */
  fmt?: (state: ProgressBarFormatter) => string;
  /** Where to print; standard error. */
  writable?: WritableStream<Uint8Array>;
}

const CLEAR_LINE = "\r\u001b[K";

/** A bar in the terminal; set {@link ProgressBar.value} as the work goes on. */
export class ProgressBar {
  /** How much is done. */
  value: number;
  /** How much there is to do. */
  max: number;
  readonly #options: ProgressBarOptions;
  readonly #start: number = Date.now();
  readonly #timer: ReturnType<typeof setInterval>;
  #written: Promise<void> = Promise.resolve();

  /** Prints the bar for the first time. */
  constructor(options: ProgressBarOptions) {
    this.value = options.value ?? 0;
    this.max = options.max;
    this.#options = options;
    this.#timer = setInterval(() => this.#print(), 1000);
    this.#print();
  }

  /** Prints the last state and ends the line. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    if (this.#options.clear) this.#write(CLEAR_LINE);
    else this.#print("\n");
    await this.#written;
  }

  #print(end = ""): void {
    const { barLength = 50, fillChar = "#", emptyChar = "-" } = this.#options;
    const ratio = Math.min(Math.max(this.value / this.max, 0), 1);
    const filled = Math.trunc(ratio * barLength);
    const state: ProgressBarFormatter = {
      progressBar: fillChar.repeat(filled) +
        emptyChar.repeat(barLength - filled),
      time: Date.now() - this.#start,
      value: this.value,
      max: this.max,
    };
    const line = this.#options.fmt?.(state) ??
      `[${state.progressBar}] [${state.value}/${state.max}]`;
    this.#write(CLEAR_LINE + line + end);
  }

  #write(text: string): void {
    const { writable } = this.#options;
    if (!writable) {
      process.stderr.write(text);
      return;
    }
    this.#written = this.#written.then(async () => {
      const writer = writable.getWriter();
      await writer.write(new TextEncoder().encode(text));
      writer.releaseLock();
    });
  }
}
