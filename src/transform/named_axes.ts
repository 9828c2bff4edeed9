/**
 * The named axes of the functions that are being traced, with their sizes, for
 * what needs a size to know its shape.
 *
 * @module
 */

interface NamedAxis {
  readonly name: string;
  readonly size: number;
}

let axes: readonly NamedAxis[] = [];

/** Runs `body`, in which an axis has a name. Without a name it just runs. */
export function withNamedAxis<T>(
  name: string | undefined,
  size: number,
  body: () => T,
): T {
  if (name === undefined) return body();
  const before = axes;
  axes = [...before, { name, size }];
  try {
    return body();
  } finally {
    axes = before;
  }
}

/** The size of the innermost axis of a name, or null. */
export function namedAxisSize(name: string): number | null {
  return axes.findLast((a) => a.name === name)?.size ?? null;
}
