/**
 * Mapping memory to read it. In Deno 2.9 `mapAsync` has waited for the GPU when
 * it returns, but says so 10 ms later; what was mapped before can be read at
 * once. Elsewhere, and by the standard, it cannot, and is waited for.
 *
 * @module
 */
import { MAP_READ } from "./usage.ts";

/** What Deno has beside the standard. */
const { Deno, setImmediate = setTimeout } = globalThis as {
  readonly Deno?: { readonly version?: { readonly deno?: string } };
  readonly setImmediate?: (then: () => void) => void;
};

/** Turns of the event loop within which errors are told; two were enough. */
const NEWS_TURNS = 3;

/** Whether this is a Deno that is known to have memory mapped at once. */
function isAhead(): boolean {
  return Deno?.version?.deno?.startsWith("2.9.") ?? false;
}

/** Maps buffers to read them. */
export class Mapper {
  /** Whether to look if memory is there before that is said. */
  readonly #ahead: boolean;
  /** Buffers that were mapped before: Deno dies where others are looked at. */
  readonly #known = new WeakSet<GPUBuffer>();

  /**
   * Of any device.
   *
   * @param ahead Instead of what this runtime is known for, for tests.
   */
  constructor(ahead: boolean = isAhead()) {
    this.#ahead = ahead;
  }

  /**
   * The first `size` bytes of a buffer, once they are there.
   *
   * @throws {DOMException} If they cannot be had.
   */
  async map(buffer: GPUBuffer, size: number): Promise<ArrayBuffer> {
    const mapped = buffer.mapAsync(MAP_READ, 0, size);
    if (this.#ahead && this.#known.has(buffer)) {
      try {
        const range = buffer.getMappedRange(0, size);
        mapped.catch(() => {
          // It was read: what becomes of the buffer is told to its next user.
        });
        for (let turn = 0; turn < NEWS_TURNS; turn++) {
          await new Promise<void>((resolve) => setImmediate(resolve));
        }
        return range;
      } catch {
        // Not there yet.
      }
    }
    await mapped;
    this.#known.add(buffer);
    return buffer.getMappedRange(0, size);
  }
}
