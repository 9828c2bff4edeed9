/**
 * Convolutions over one sample, with the initial weights of equinox.
 *
 * @module
 */
import { ShapeError } from "../base/errors.ts";
import {
  BaseModule,
  type RandomKeyGenerator,
  RKG,
  StaticParam,
} from "../core/mod.ts";
import { lax, pad, type Tensor, type TensorLike } from "../numpy/mod.ts";
import { split, uniform } from "../numpy/random.ts";
import type { Padding } from "../numpy/windows.ts";
import { needCounts, needGenerator, needOptions } from "./checks.ts";
import { Layer, LayerParam } from "./layer.ts";
import {
  type Pads,
  padsPerAxis,
  type PerAxis,
  perAxis,
  sampleOf,
} from "./windows.ts";

/** What all convolutions have. */
export interface CommonConvOptions {
  /** Elements from one window to the next; 1 by default. */
  stride?: PerAxis;
  /** Elements from one element of a window to the next; 1 by default. */
  dilation?: PerAxis;
  /** Groups of input channels, each with outputs of its own; 1 by default. */
  groups?: number;
  /** Whether to add a bias; true by default. */
  useBias?: boolean;
  /** Where the key for the initial weights is drawn; `RKG` by default. */
  rkg?: RandomKeyGenerator;
}

/** How to make a {@link Conv}. */
export interface ConvOptions extends CommonConvOptions {
  /** Zeros around the input, or as in `lax.conv` by name; 0 by default. */
  padding?: Pads | "SAME" | "SAME_LOWER" | "VALID";
  /**
   * What is around the input: zeros, by default, the input mirrored without its
   * edge, its edge repeated, or the input from the other end. Other than zeros
   * need a padding in numbers.
   */
  paddingMode?: PaddingMode;
}

/** What is around the input of a convolution. */
export type PaddingMode = "zeros" | "reflect" | "replicate" | "circular";

const COMMON = ["stride", "padding", "dilation", "groups", "useBias", "rkg"];
const NAMED = ["SAME", "SAME_LOWER", "VALID"];

const PAD_MODES = {
  reflect: "reflect",
  replicate: "edge",
  circular: "wrap",
} as const;

/** How to make a {@link ConvTranspose}. */
export interface ConvTransposeOptions extends CommonConvOptions {
  /** What a {@link Conv} to which this is the transpose has; 0 by default. */
  padding?: Pads;
  /** More elements at the end of each axis, fewer than `stride`; 0 by default. */
  outputPadding?: PerAxis;
}

/** What a convolution is, besides its weights. */
export interface ConvGeometry {
  /** Names it in errors. */
  readonly name: string;
  /** Channels of the input. */
  readonly inChannels: number;
  /** Channels of the output. */
  readonly outChannels: number;
  /** Sizes of a window. */
  readonly kernel: readonly number[];
  /** From one window to the next. */
  readonly strides: readonly number[];
  /** From one element of the input to the next, with zeros in between. */
  readonly spread: readonly number[];
  /** From one element of a window to the next. */
  readonly dilation: readonly number[];
  /** Elements before and after each axis. */
  readonly padding: Padding;
  /** What they are. */
  readonly paddingMode: PaddingMode;
  /** Groups of channels. */
  readonly groups: number;
}

/** The weights of a {@link Conv}, and what they compute. */
export class ConvWeights extends BaseModule<[x: TensorLike], Tensor> {
  /** The windows, (out, in / groups, ..kernel). */
  weight: LayerParam;
  /** The bias, (out, 1, ..1); null without. */
  bias: LayerParam | null;
  /** Sizes, strides, padding. */
  geometry: StaticParam<ConvGeometry>;

  /** Draws one key, and from it the weight and the bias. */
  constructor(
    geometry: ConvGeometry,
    { useBias = true, rkg = RKG }: CommonConvOptions,
  ) {
    super();
    const { name, inChannels, outChannels, kernel, groups } = geometry;
    needCounts(name, { inChannels, outChannels, groups });
    needGenerator(name, rkg);
    if (inChannels % groups !== 0 || outChannels % groups !== 0) {
      throw new ShapeError(
        `Cannot make ${geometry.name} with ${groups} groups, expected numbers ` +
          "of channels that are multiples of it",
      );
    }
    const inputs = inChannels / groups;
    const limit = 1 / Math.sqrt(kernel.reduce((n, k) => n * k, inputs));
    const range = { minval: -limit, maxval: limit };
    // Split in two also without a bias, which leaves the weight the same.
    const keys = split(rkg(), 2);
    const shape = [outChannels, inputs, ...kernel];
    this.weight = new LayerParam(uniform(keys.at(0), shape, range));
    const ones = kernel.map(() => 1);
    this.bias = useBias
      ? new LayerParam(uniform(keys.at(1), [outChannels, ...ones], range))
      : null;
    this.geometry = new StaticParam(geometry);
  }

  /** The convolution of one sample. */
  override call(x: TensorLike): Tensor {
    const { name, inChannels, kernel, ...g } = this.geometry.get();
    const sample = sampleOf(name, x, kernel.length, inChannels);
    const [padded, padding] = surround(sample, g.padding, g.paddingMode);
    const y = lax.convGeneralDilated(
      lax.expandDims(padded, 0),
      this.weight,
      g.strides,
      padding,
      {
        lhsDilation: g.spread,
        rhsDilation: g.dilation,
        featureGroupCount: g.groups,
      },
    ).squeeze(0);
    return this.bias === null ? y : y.add(this.bias);
  }
}

/** Pads with elements of the input; the padding with zeros that is left. */
function surround(
  sample: Tensor,
  padding: Padding,
  mode: PaddingMode,
): [padded: Tensor, left: Padding] {
  if (mode === "zeros" || typeof padding === "string") return [sample, padding];
  const widths = [[0, 0] as const, ...padding];
  return [pad(sample, widths, { mode: PAD_MODES[mode] }), "VALID"];
}

/**
 * Correlation of one sample `[inChannels, ..spatial]` with windows over
 * `numSpatialDims` axes; batches go through `pxf.vmap`. Weight and bias start
 * uniform in `±1 / sqrt(inChannels / groups * size of a window)`.
 *
 * @see pcax `pxnn.Conv`
 */
export class Conv extends Layer<[x: TensorLike], Tensor, ConvWeights> {
  /** Draws the initial weights. */
  constructor(
    numSpatialDims: number,
    inChannels: number,
    outChannels: number,
    kernelSize: PerAxis,
    options: ConvOptions = {},
  ) {
    const { stride = 1, padding = 0, dilation = 1, groups = 1 } = options;
    const { paddingMode = "zeros" } = options;
    needCounts("Conv", { numSpatialDims });
    needOptions("Conv", options, [...COMMON, "paddingMode"]);
    if (typeof padding === "string" && !NAMED.includes(padding)) {
      throw new ShapeError(
        `Cannot make a Conv: padding "${padding}" was given, expected numbers ` +
          `or one of ${NAMED.join(", ")}`,
      );
    }
    const isKnown = paddingMode === "zeros" || paddingMode in PAD_MODES;
    if (!isKnown || paddingMode !== "zeros" && typeof padding === "string") {
      throw new ShapeError(
        `Cannot make a Conv: padding ${JSON.stringify(padding)} in the mode ` +
          `"${paddingMode}" was given, expected numbers, and one of zeros, ` +
          `${Object.keys(PAD_MODES).join(", ")}`,
      );
    }
    const rank = numSpatialDims;
    super(
      new ConvWeights({
        name: `Conv(${rank}, ${inChannels}, ${outChannels})`,
        inChannels,
        outChannels,
        kernel: perAxis("kernelSize", kernelSize, rank),
        strides: perAxis("stride", stride, rank),
        spread: perAxis("spread", 1, rank),
        dilation: perAxis("dilation", dilation, rank),
        padding: typeof padding === "string"
          ? padding
          : padsPerAxis(padding, rank),
        paddingMode,
        groups,
      }, options),
    );
  }
}

/**
 * What takes the output of a {@link Conv} of the same options to the shape of
 * its input. The weight is stored as (out, in / groups, ..kernel) here too.
 *
 * @see pcax `pxnn.ConvTranspose`
 */
export class ConvTranspose extends Layer<[x: TensorLike], Tensor, ConvWeights> {
  /** Draws the initial weights. */
  constructor(
    numSpatialDims: number,
    inChannels: number,
    outChannels: number,
    kernelSize: PerAxis,
    options: ConvTransposeOptions = {},
  ) {
    const { stride = 1, padding = 0, dilation = 1, groups = 1 } = options;
    const rank = numSpatialDims;
    needCounts("ConvTranspose", { numSpatialDims });
    needOptions("ConvTranspose", options, [...COMMON, "outputPadding"]);
    const kernel = perAxis("kernelSize", kernelSize, rank);
    const spread = perAxis("stride", stride, rank);
    const dilations = perAxis("dilation", dilation, rank);
    const { outputPadding = 0 } = options;
    const more = perAxis("outputPadding", outputPadding, rank, 0);
    if (more.some((n, i) => n >= spread[i])) {
      throw new ShapeError(
        `Cannot make a ConvTranspose: outputPadding [${more}] was given, ` +
          `expected less than the stride [${spread}]`,
      );
    }
    super(
      new ConvWeights({
        name: `ConvTranspose(${rank}, ${inChannels}, ${outChannels})`,
        inChannels,
        outChannels,
        kernel,
        strides: perAxis("stride", 1, rank),
        spread,
        dilation: dilations,
        padding: padsPerAxis(padding, rank).map(([lo, hi], i) => {
          const reach = dilations[i] * (kernel[i] - 1);
          return [reach - lo, reach - hi + more[i]] as const;
        }),
        paddingMode: "zeros",
        groups,
      }, options),
    );
  }
}

/** {@link Conv} over one spatial axis. */
export class Conv1d extends Conv {
  /** Draws the initial weights. */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: PerAxis,
    options: ConvOptions = {},
  ) {
    super(1, inChannels, outChannels, kernelSize, options);
  }
}

/**
 * {@link Conv} over images `[channels, height, width]`.
 *
 * @example
 * ```ts
 * import { jnp, pxnn } from "@vodes/vodes";
 *
 * const layer = new pxnn.Conv2d(3, 8, 3, { padding: 1 });
 * console.log(layer(jnp.ones([3, 16, 16])).shape); // [8, 16, 16]
 * ```
 * @see pcax `pxnn.Conv2d`
 */
export class Conv2d extends Conv {
  /** Draws the initial weights. */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: PerAxis,
    options: ConvOptions = {},
  ) {
    super(2, inChannels, outChannels, kernelSize, options);
  }
}

/** {@link Conv} over volumes. */
export class Conv3d extends Conv {
  /** Draws the initial weights. */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: PerAxis,
    options: ConvOptions = {},
  ) {
    super(3, inChannels, outChannels, kernelSize, options);
  }
}
