/**
 * Pooling over one sample: the largest element or the mean of each window of
 * each channel.
 *
 * @module
 */
import { ShapeError } from "../base/errors.ts";
import { formatAval } from "../base/shape.ts";
import { BaseModule, StaticParam } from "../core/mod.ts";
import { lax, type Tensor, type TensorLike } from "../numpy/mod.ts";
import type { PaddingPairs } from "../numpy/windows.ts";
import { needOptions } from "./checks.ts";
import { Layer } from "./layer.ts";
import {
  type Pads,
  padsPerAxis,
  type PerAxis,
  perAxis,
  sampleOf,
} from "./windows.ts";

/** How to make a pooling layer. */
export interface PoolOptions {
  /** Elements from one window to the next; 1 by default, as in pcax. */
  stride?: PerAxis;
  /** Elements around the input, which no extreme is taken of; 0 by default. */
  padding?: Pads;
  /** Whether windows that stick out at the end count; false by default. */
  useCeil?: boolean;
}

/** What becomes of the elements of a window. */
export type PoolKind = "max" | "min" | "avg" | "sum";

const NAMES: { readonly [K in PoolKind]: string } = {
  max: "MaxPool",
  min: "Pool",
  avg: "AvgPool",
  sum: "Pool",
};

/** What a pooling layer is. */
export interface PoolGeometry {
  /** What becomes of the elements of a window. */
  readonly kind: PoolKind;
  /** Sizes of a window. */
  readonly kernel: readonly number[];
  /** From one window to the next. */
  readonly strides: readonly number[];
  /** Before and after each axis. */
  readonly padding: PaddingPairs;
  /** Whether windows that stick out count. */
  readonly useCeil: boolean;
}

/** What a pooling layer computes; it has no weights. */
export class PoolWindows extends BaseModule<[x: TensorLike], Tensor> {
  /** Kind, sizes, strides, padding. */
  geometry: StaticParam<PoolGeometry>;

  /** Checks and keeps the sizes. */
  constructor(
    kind: PoolKind,
    rank: number,
    kernelSize: PerAxis,
    options: PoolOptions,
  ) {
    super();
    needOptions("pooling layer", options, ["stride", "padding", "useCeil"]);
    const { stride = 1, padding = 0, useCeil = false } = options;
    if (!(kind in NAMES)) {
      throw new ShapeError(
        `Cannot make a pooling layer: the kind "${kind}" was given, expected ` +
          `one of ${Object.keys(NAMES).join(", ")}`,
      );
    }
    const kernel = perAxis("kernelSize", kernelSize, rank);
    const pads = padsPerAxis(padding, rank);
    if (pads.some((pair, i) => Math.max(...pair) > kernel[i])) {
      throw new ShapeError(
        `Cannot make a pooling layer: padding ${JSON.stringify(pads)} was ` +
          `given, expected none larger than the window [${kernel}]`,
      );
    }
    this.geometry = new StaticParam<PoolGeometry>({
      kind,
      kernel,
      strides: perAxis("stride", stride, rank),
      padding: pads,
      useCeil,
    });
  }

  /** Pools one sample. */
  override call(x: TensorLike): Tensor {
    const { kind, kernel, strides, padding, useCeil } = this.geometry.get();
    const sample = sampleOf(NAMES[kind], x, kernel.length, null);
    const pads = padding.map(([lo, hi], i) => {
      const rest = (sample.shape[i + 1] + lo + hi - kernel[i]) % strides[i];
      return [lo, useCeil && rest !== 0 ? hi + strides[i] : hi] as const;
    });
    pads.forEach(([lo, hi], i) => {
      const size = sample.shape[i + 1];
      if (size + lo + hi >= kernel[i]) return;
      throw new ShapeError(
        `Cannot apply ${NAMES[kind]} to ${formatAval(sample)}: the window ` +
          `[${kernel}] is larger, expected a larger sample, or a smaller window`,
      );
    });
    const y = lax.reduceWindow(
      sample,
      kind === "avg" ? "sum" : kind,
      [1, ...kernel],
      [1, ...strides],
      [[0, 0], ...pads],
    );
    return kind === "avg" ? y.div(kernel.reduce((n, k) => n * k, 1)) : y;
  }
}

/**
 * A layer that pools; see its subclasses.
 *
 * @see `equinox.nn.Pool`
 */
export class Pool extends Layer<[x: TensorLike], Tensor, PoolWindows> {
  /** Windows of `kernelSize` over `rank` spatial axes. */
  constructor(
    kind: PoolKind,
    rank: number,
    kernelSize: PerAxis,
    options: PoolOptions = {},
  ) {
    super(new PoolWindows(kind, rank, kernelSize, options));
  }
}

/**
 * Largest element of each window over one spatial axis. The gradient goes to the first of equal elements.
 */
export class MaxPool1d extends Pool {
  /** Windows of `kernelSize`. */
  constructor(kernelSize: PerAxis, options: PoolOptions = {}) {
    super("max", 1, kernelSize, options);
  }
}

/**
 * Largest element of each window over images `[channels, height, width]`. The gradient goes to the first of equal elements.
 *
 * @example
 * ```ts
 * import { jnp, pxnn } from "@vodes/vodes";
 *
 * const layer = new pxnn.MaxPool2d(2, { stride: 2 });
 * console.log(layer(jnp.ones([8, 16, 16])).shape); // [8, 8, 8]
 * ```
 * @see pcax `pxnn.MaxPool2d`
 */
export class MaxPool2d extends Pool {
  /** Windows of `kernelSize`. */
  constructor(kernelSize: PerAxis, options: PoolOptions = {}) {
    super("max", 2, kernelSize, options);
  }
}

/**
 * Largest element of each window over volumes `[channels, depth, height, width]`. The gradient goes to the first of equal elements.
 */
export class MaxPool3d extends Pool {
  /** Windows of `kernelSize`. */
  constructor(kernelSize: PerAxis, options: PoolOptions = {}) {
    super("max", 3, kernelSize, options);
  }
}

/**
 * Mean of each window over one spatial axis. Padding counts as zeros.
 */
export class AvgPool1d extends Pool {
  /** Windows of `kernelSize`. */
  constructor(kernelSize: PerAxis, options: PoolOptions = {}) {
    super("avg", 1, kernelSize, options);
  }
}

/**
 * Mean of each window over images `[channels, height, width]`. Padding counts as zeros.
 * @see pcax `pxnn.AvgPool2d`
 */
export class AvgPool2d extends Pool {
  /** Windows of `kernelSize`. */
  constructor(kernelSize: PerAxis, options: PoolOptions = {}) {
    super("avg", 2, kernelSize, options);
  }
}

/**
 * Mean of each window over volumes `[channels, depth, height, width]`. Padding counts as zeros.
 */
export class AvgPool3d extends Pool {
  /** Windows of `kernelSize`. */
  constructor(kernelSize: PerAxis, options: PoolOptions = {}) {
    super("avg", 3, kernelSize, options);
  }
}
