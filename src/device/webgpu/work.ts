/**
 * What a dispatch computes, in words, and how much work that is: for reports
 * and for errors of kernels.
 *
 * @module
 */
import { type CallWork, describeCall } from "../describe.ts";
import type { Dispatch } from "./dispatches.ts";

/** The longest text for a dispatch of several kernels, in characters. */
const LONGEST = 100;

/** What a dispatch computes, and how much work that is. */
export function workOf(dispatch: Dispatch): CallWork {
  const works = dispatch.tasks.flatMap(({ calls }) => calls.map(describeCall));
  const counts = new Map<string, number>();
  for (const { name } of works) counts.set(name, (counts.get(name) ?? 0) + 1);
  const names = [...counts].map(([name, n]) => n === 1 ? name : `${n} ${name}`);
  return {
    name: dispatch.mode === "rows"
      ? listed(`${dispatch.rows} rows: `, names, " > ")
      : listed("", names, " | "),
    flops: works.reduce((sum, { flops }) => sum + flops, 0),
    bytes: works.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/** The first of `names`, as many as stay readable. */
function listed(
  head: string,
  names: readonly string[],
  separator: string,
): string {
  // Only inputs are brought to their place without a call.
  if (names.length === 0) return "copy";
  const text = (shown: number): string => {
    const left = names.length - shown;
    const others = left === 1 ? "1 other" : `${left} others`;
    return head + names.slice(0, shown).join(separator) +
      (left === 0 ? "" : ` and ${others}`);
  };
  let shown = names.length;
  while (shown > 1 && text(shown).length > LONGEST) shown--;
  return text(shown);
}
