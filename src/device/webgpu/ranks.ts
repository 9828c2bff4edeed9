/**
 * Extremes by bits: each word becomes a u32, its rank, that is the larger the
 * better. WGSL lets a machine take it that there are no NaNs, no infinities
 * and no numbers below the normal ones; ranks make no difference between these
 * and others, and serve all dtypes alike.
 *
 * @module
 */
import type { DType } from "../../base/dtype.ts";

/** What is the best. */
export interface Ranking {
  /** Whether large or small values are good. */
  readonly op: "max" | "min";
  /** Dtype of the values. */
  readonly dtype: DType;
}

/** The rank of the worst float, which is infinite. */
export const WORST_FLOAT = "0x007fffffu";

const SIGN = "0x80000000u";

/**
 * The rank of a word.
 *
 * @param word A name.
 * @param nan Whether a NaN is the best or the worst.
 */
export function rankOf(
  word: string,
  { op, dtype }: Ranking,
  nan: "best" | "worst",
): string {
  const not = op === "min" ? "~" : "";
  if (dtype === "i32") return `${not}(${word} ^ ${SIGN})`;
  if (dtype !== "f32") return `${not}${word}`;
  const order = `${not}(${word} ^ ((0u - (${word} >> 31u)) | ${SIGN}))`;
  const ofNan = nan === "best" ? "0xffffffffu" : "0u";
  const isNan = `(${word} & 0x7fffffffu) > 0x7f800000u`;
  return `select(${order}, ${ofNan}, ${isNan})`;
}

/**
 * Statements that declare `name` as the rank of the word at an address, where
 * both zeros have one rank: for what looks for the first extreme.
 */
export function declareRank(
  name: string,
  address: string,
  ranking: Ranking,
  nan: "best" | "worst",
): string {
  const word = `${name}_word`;
  if (ranking.dtype !== "f32") {
    return `let ${word} = heap[${address}];\n` +
      `let ${name} = ${rankOf(word, ranking, nan)};`;
  }
  return `let ${name}_bits = heap[${address}];\n` +
    `let ${word} = select(${name}_bits, 0u, ${name}_bits == ${SIGN});\n` +
    `let ${name} = ${rankOf(word, ranking, nan)};`;
}

/** The word of a rank; any NaN for that of a best NaN. */
export function wordOf(rank: string, { op, dtype }: Ranking): string {
  const order = op === "min" ? `(~${rank})` : rank;
  if (dtype === "i32") return `${order} ^ ${SIGN}`;
  if (dtype !== "f32") return order;
  return `select(~${order}, ${order} ^ ${SIGN}, ${order} >= ${SIGN})`;
}
