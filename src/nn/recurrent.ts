/**
 * Recurrent cells: one step of a sequence; loop with `pxf.scan`. Params have
 * the names that equinox gives them, so that files of pcax fit.
 *
 * @module
 */
import { ShapeError } from "../base/errors.ts";
import { formatAval } from "../base/shape.ts";
import { BaseModule, type RandomKeyGenerator, RKG } from "../core/mod.ts";
import {
  asTensor,
  matmul,
  nn,
  split as cut,
  tanh,
  type Tensor,
  type TensorLike,
} from "../numpy/mod.ts";
import { split, uniform } from "../numpy/random.ts";
import { needCounts, needGenerator, needOptions } from "./checks.ts";
import { Layer, LayerParam } from "./layer.ts";

/** How to make a recurrent cell. */
export interface CellOptions {
  /** Whether to add biases; true by default. */
  useBias?: boolean;
  /** Where the key for the initial weights is drawn; `RKG` by default. */
  rkg?: RandomKeyGenerator;
}

/** A vector of a given size, checked. */
function vector(cell: string, what: string, x: TensorLike, n: number): Tensor {
  const t = asTensor(x);
  if (t.ndim === 1 && t.shape[0] === n) return t;
  throw new ShapeError(
    `Cannot apply ${cell}: ${what} is ${formatAval(t)}, expected f32[${n}], ` +
      "of one sample: " +
      (t.ndim > 1 ? "batch with pxf.vmap" : "make the layer fit"),
  );
}

/** What the weights of cells have in common. */
export abstract class CellWeights<Args extends readonly unknown[], Result>
  extends BaseModule<Args, Result> {
  /** From the input, (gates * hidden, input). */
  weight_ih: LayerParam;
  /** From the hidden state, (gates * hidden, hidden). */
  weight_hh: LayerParam;
  /** (gates * hidden); null without. */
  bias: LayerParam | null;

  /** Draws matrices for `gates` vectors of `hiddenSize` elements. */
  protected constructor(
    inputSize: number,
    hiddenSize: number,
    gates: number,
    keys: Tensor,
    useBias: boolean,
  ) {
    super();
    const rows = gates * hiddenSize;
    const drawn = (i: number, shape: number[]) =>
      new LayerParam(uniform(keys.at(i), shape, rangeOf(hiddenSize)));
    this.weight_ih = drawn(0, [rows, inputSize]);
    this.weight_hh = drawn(1, [rows, hiddenSize]);
    this.bias = useBias ? drawn(2, [rows]) : null;
  }
}

function rangeOf(hiddenSize: number): { minval: number; maxval: number } {
  const limit = Math.sqrt(1 / hiddenSize);
  return { minval: -limit, maxval: limit };
}

/** Checks what a cell is made with, and draws its keys. */
function keysFor(
  cell: string,
  sizes: { inputSize: number; hiddenSize: number },
  options: CellOptions,
  count: number,
): Tensor {
  needOptions(cell, options, ["useBias", "rkg"]);
  needCounts(cell, sizes);
  const { rkg = RKG } = options;
  needGenerator(cell, rkg);
  return split(rkg(), count);
}

/** The weights of a {@link GRUCell}, and what they compute. */
export class GRUWeights
  extends CellWeights<[x: TensorLike, hidden: TensorLike], Tensor> {
  /** Bias of the new state's hidden part, (hidden); null without. */
  bias_n: LayerParam | null;

  /** Draws one key, and from it all weights. */
  constructor(
    inputSize: number,
    hiddenSize: number,
    options: CellOptions,
  ) {
    const keys = keysFor("GRUCell", { inputSize, hiddenSize }, options, 4);
    const { useBias = true } = options;
    super(inputSize, hiddenSize, 3, keys, useBias);
    const range = rangeOf(hiddenSize);
    this.bias_n = useBias
      ? new LayerParam(uniform(keys.at(3), [hiddenSize], range))
      : null;
  }

  /** The next hidden state. */
  override call(x: TensorLike, hidden: TensorLike): Tensor {
    const [, inputs] = this.weight_ih.shape;
    const [, size] = this.weight_hh.shape;
    const input = vector("GRUCell", "the input", x, inputs);
    const h = vector("GRUCell", "the hidden state", hidden, size);
    const fromInput = matmul(this.weight_ih, input);
    const [ir, iz, inew] = cut(
      this.bias === null ? fromInput : fromInput.add(this.bias),
      3,
    );
    const [hr, hz, hnew] = cut(matmul(this.weight_hh, h), 3);
    const reset = nn.sigmoid(ir.add(hr));
    const keep = nn.sigmoid(iz.add(hz));
    const old = this.bias_n === null ? hnew : hnew.add(this.bias_n);
    const fresh = tanh(inew.add(reset.mul(old)));
    return fresh.add(keep.mul(h.sub(fresh)));
  }
}

/**
 * One step of a gated recurrent unit: `hidden = cell(x, hidden)`, vectors of
 * `inputSize` and `hiddenSize`. Weights start uniform in `±1 / sqrt(hiddenSize)`.
 *
 * @example
 * ```ts
 * import { jnp, pxnn } from "@vodes/vodes";
 *
 * const cell = new pxnn.GRUCell(3, 4);
 * let hidden = jnp.zeros([4]);
 * for (let t = 0; t < 5; t++) hidden = cell(jnp.ones([3]), hidden);
 * console.log(hidden.shape); // [4]
 * ```
 * @see Cho et al., https://arxiv.org/abs/1406.1078; equinox `GRUCell`
 */
export class GRUCell
  extends Layer<[x: TensorLike, hidden: TensorLike], Tensor, GRUWeights> {
  /**
   * Draws the initial weights.
   *
   * @throws {ShapeError} If a size is not positive.
   */
  constructor(
    inputSize: number,
    hiddenSize: number,
    options: CellOptions = {},
  ) {
    super(new GRUWeights(inputSize, hiddenSize, options));
  }
}

/** The state of an {@link LSTMCell}: what it shows, and what it keeps. */
export type LSTMState<T = Tensor> = readonly [hidden: T, cell: T];

/** The weights of an {@link LSTMCell}, and what they compute. */
export class LSTMWeights extends CellWeights<
  [x: TensorLike, state: LSTMState<TensorLike>],
  LSTMState
> {
  /** Draws one key, and from it all weights. */
  constructor(
    inputSize: number,
    hiddenSize: number,
    options: CellOptions,
  ) {
    const keys = keysFor("LSTMCell", { inputSize, hiddenSize }, options, 3);
    super(inputSize, hiddenSize, 4, keys, options.useBias ?? true);
  }

  /** The next state. */
  override call(x: TensorLike, state: LSTMState<TensorLike>): LSTMState {
    const [, inputs] = this.weight_ih.shape;
    const [, size] = this.weight_hh.shape;
    if (!Array.isArray(state) || state.length !== 2) {
      throw new ShapeError(
        `Cannot apply LSTMCell: the state is ${String(state)}, expected ` +
          "[hidden, cell]: start with [jnp.zeros([n]), jnp.zeros([n])]",
      );
    }
    const input = vector("LSTMCell", "the input", x, inputs);
    const h = vector("LSTMCell", "the hidden state", state[0], size);
    const c = vector("LSTMCell", "the cell state", state[1], size);
    const sum = matmul(this.weight_ih, input).add(matmul(this.weight_hh, h));
    const gates = cut(this.bias === null ? sum : sum.add(this.bias), 4);
    const [i, f, , o] = gates.map((gate) => nn.sigmoid(gate));
    const cell = f.mul(c).add(i.mul(tanh(gates[2])));
    return [o.mul(tanh(cell)), cell];
  }
}

/**
 * One step of a long short-term memory: `state = cell(x, state)`, where `x` has
 * `inputSize` and both parts of the state have `hiddenSize` elements. Weights
 * start uniform in `±1 / sqrt(hiddenSize)`.
 *
 * @see Hochreiter and Schmidhuber, 1997; equinox `LSTMCell`
 */
export class LSTMCell extends Layer<
  [x: TensorLike, state: LSTMState<TensorLike>],
  LSTMState,
  LSTMWeights
> {
  /**
   * Draws the initial weights.
   *
   * @throws {ShapeError} If a size is not positive.
   */
  constructor(
    inputSize: number,
    hiddenSize: number,
    options: CellOptions = {},
  ) {
    super(new LSTMWeights(inputSize, hiddenSize, options));
  }
}
