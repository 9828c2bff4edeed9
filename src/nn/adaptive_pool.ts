/**
 * Adaptive pooling: windows that are chosen such that the result has a given
 * shape.
 *
 * @module
 */
import { ShapeError } from "../base/errors.ts";
import { formatAval } from "../base/shape.ts";
import { BaseModule, StaticParam } from "../core/mod.ts";
import {
  concatenate,
  split,
  type Tensor,
  type TensorLike,
} from "../numpy/mod.ts";
import { Layer } from "./layer.ts";
import { type PerAxis, perAxis, sampleOf } from "./windows.ts";

/** Largest element or mean. */
export type AdaptivePoolKind = "max" | "avg";

/** What an adaptive pooling layer computes; it has no weights. */
export class AdaptivePoolWindows extends BaseModule<[x: TensorLike], Tensor> {
  /** Largest or mean. */
  kind: StaticParam<AdaptivePoolKind>;
  /** Sizes of the result. */
  targetShape: StaticParam<readonly number[]>;

  /** Checks and keeps the sizes. */
  constructor(kind: AdaptivePoolKind, rank: number, targetShape: PerAxis) {
    super();
    if (kind !== "max" && kind !== "avg") {
      throw new ShapeError(
        `Cannot make an adaptive pool: the kind "${kind}" was given, expected ` +
          "max or avg",
      );
    }
    this.kind = new StaticParam(kind);
    const target = perAxis("targetShape", targetShape, rank);
    this.targetShape = new StaticParam<readonly number[]>(target);
  }

  /** Pools one sample, one axis after the other. */
  override call(x: TensorLike): Tensor {
    const target = this.targetShape.get();
    const mean = this.kind.get() === "avg";
    const sample = sampleOf("an adaptive pool", x, target.length, null);
    return target.reduce((y, n, i) => {
      const axis = i + 1;
      const size = y.shape[axis];
      if (n < 1 || n > size) {
        throw new ShapeError(
          `Cannot pool ${formatAval(sample)} to [${target}]: axis ${axis} ` +
            `has size ${size}, expected at least ${n}`,
        );
      }
      // The first windows are one element larger where they are not all equal.
      const larger = size % n;
      const cut = larger * Math.ceil(size / n);
      const parts = split(y, [cut], axis).map((part, k) => {
        const windows = k === 0 ? larger : n - larger;
        const each = part.shape[axis] / Math.max(1, windows);
        const { shape } = part;
        return part.reshape(shape.toSpliced(axis, 1, windows, each));
      }).filter((part) => part.shape[axis] > 0);
      return concatenate(
        parts.map((part) => mean ? part.mean(axis + 1) : part.max(axis + 1)),
        axis,
      );
    }, sample);
  }
}

/** A layer that pools to a given shape; see its subclasses. */
export class AdaptivePool
  extends Layer<[x: TensorLike], Tensor, AdaptivePoolWindows> {
  /** Pools `rank` spatial axes to `targetShape`. */
  constructor(kind: AdaptivePoolKind, rank: number, targetShape: PerAxis) {
    super(new AdaptivePoolWindows(kind, rank, targetShape));
  }
}

/**
 * Means of windows of images `[channels, height, width]`, which are chosen such
 * that there are `targetShape` of them.
 *
 * @see pcax `pxnn.AdaptiveAvgPool2d`
 */
export class AdaptiveAvgPool2d extends AdaptivePool {
  /** Pools to `targetShape`. */
  constructor(targetShape: PerAxis) {
    super("avg", 2, targetShape);
  }
}

/**
 * Largest elements of the windows of {@link AdaptiveAvgPool2d}.
 *
 * @see pcax `pxnn.AdaptiveMaxPool2d`
 */
export class AdaptiveMaxPool2d extends AdaptivePool {
  /** Pools to `targetShape`. */
  constructor(targetShape: PerAxis) {
    super("max", 2, targetShape);
  }
}

/** {@link AdaptiveAvgPool2d} of sequences `[channels, width]`. */
export class AdaptiveAvgPool1d extends AdaptivePool {
  /** Pools to `targetShape`. */
  constructor(targetShape: PerAxis) {
    super("avg", 1, targetShape);
  }
}

/** {@link AdaptiveAvgPool2d} of volumes `[channels, depth, height, width]`. */
export class AdaptiveAvgPool3d extends AdaptivePool {
  /** Pools to `targetShape`. */
  constructor(targetShape: PerAxis) {
    super("avg", 3, targetShape);
  }
}

/** {@link AdaptiveMaxPool2d} of sequences `[channels, width]`. */
export class AdaptiveMaxPool1d extends AdaptivePool {
  /** Pools to `targetShape`. */
  constructor(targetShape: PerAxis) {
    super("max", 1, targetShape);
  }
}

/** {@link AdaptiveMaxPool2d} of volumes `[channels, depth, height, width]`. */
export class AdaptiveMaxPool3d extends AdaptivePool {
  /** Pools to `targetShape`. */
  constructor(targetShape: PerAxis) {
    super("max", 3, targetShape);
  }
}
