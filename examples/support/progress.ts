/**
 * A progress bar below the lines that a program prints. It is drawn only in a
 * terminal, and leaves nothing behind.
 */
import { ProgressBar } from "@std/cli/unstable-progress-bar";
import process from "node:process";

const CLEAR_LINE = "\r\x1b[K";

/** What shows how far the program is. */
export interface Progress {
  /** Prints a line above the bar. */
  log(line: string): void;
  /** Tells how much is done, and lets the bar be drawn. */
  advance(done: number): Promise<void>;
  /** Removes the bar. */
  stop(): Promise<void>;
}

/** Starts a bar that is full at `max`. */
export function startProgress(max: number): Progress {
  if (!process.stderr.isTTY) {
    return {
      log: (line) => console.log(line),
      advance: () => Promise.resolve(),
      stop: () => Promise.resolve(),
    };
  }
  // It starts late, so that what is printed at first has a line of its own.
  let bar: ProgressBar | null = null;
  return {
    log: (line) => console.log(bar === null ? line : CLEAR_LINE + line),
    advance: (done) => {
      bar ??= new ProgressBar({ max, clear: true });
      bar.value = done;
      // Bars are drawn by a timer, which has to get its turn.
      return new Promise((resolve) => setTimeout(resolve));
    },
    stop: async () => await bar?.stop(),
  };
}
