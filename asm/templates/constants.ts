/**
 * The constants of the vector kernels, as one table in the binary's data.
 *
 * Engines rebuild a constant vector at every use inside a loop, and the
 * optimiser moves constants back into loops; loading them from memory before
 * the loop keeps them in registers (1.5 times faster for exp).
 */

/** A 32-bit constant: a number to be rounded to f32, or its bits. */
export type Constant = number | { readonly bits: number };

/** Collects constants and gives each a place in the table. */
export class ConstantTable {
  readonly #places = new Map<number, number>();

  /** AssemblyScript expression that loads the constant into four lanes. */
  load(constant: Constant): string {
    const bits = typeof constant === "number"
      ? new Uint32Array(new Float32Array([constant]).buffer)[0]
      : constant.bits;
    let place = this.#places.get(bits);
    if (place === undefined) {
      place = this.#places.size;
      this.#places.set(bits, place);
    }
    return `v128.load32_splat(TABLE, ${4 * place})`;
  }

  /** AssemblyScript source of the table. */
  source(): string {
    const words = [...this.#places.keys()].map((bits) =>
      `0x${bits.toString(16)}`
    );
    return `const TABLE: usize = memory.data<u32>([${words.join(", ")}]);\n`;
  }
}
