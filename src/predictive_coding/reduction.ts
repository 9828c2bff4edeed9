/**
 * From elementwise energies to energies of samples.
 *
 * @module
 */
import { ShapeError } from "../base/errors.ts";
import { formatAval } from "../base/shape.ts";
import type { Tensor } from "../numpy/mod.ts";
import { isPerSample } from "../transform/trace.ts";
import { describe } from "./access.ts";
import type { Vode } from "./vode.ts";

/** Sums what an energy function gave, over each sample. */
export function sumPerSample(vode: Vode, energy: Tensor): Tensor {
  const h = vode.get("h");
  const rank = sampleRank(vode, h.ndim);
  if (h.ndim === rank) return energy.sum();
  const [batch] = h.shape;
  if (h.ndim === rank + 1 && energy.shape[0] === batch) {
    return energy.ndim === 1 ? energy : energy.reshape(batch, -1).sum(1);
  }
  const shape = vode.shape.get();
  throw new ShapeError(
    `Cannot compute the energy of ${describe(vode)}: h is ` +
      `${formatAval(h)} and its energy ${formatAval(energy)}, expected ` +
      (shape === null
        ? `rank ${rank}, that of the last u,`
        : `f32[${shape.join(",")}],`) +
      " or that with an axis for the samples in front: " +
      (shape === null ? "set u" : "give the vode the shape of one sample") +
      ", and clear its params before using other data",
  );
}

/** The rank of one sample of `h`, which has rank `ndim`. */
function sampleRank(vode: Vode, ndim: number): number {
  const shape = vode.shape.get();
  if (shape !== null) return shape.length;
  if (isPerSample() || ndim === 0) return ndim;
  return vode.seenRank.get() ?? ndim - 1;
}
