/** What a compared library offers to the benchmark. */

/** Float32 storage that WebAssembly and WebGPU accept. */
export type Floats = Float32Array<ArrayBuffer>;

/** A network `dims[0]-dims[1]-...` and how predictive coding trains it. */
export interface Workload {
  /** The name of `--only`. */
  name: string;
  /** The width of the input and of each layer. */
  dims: number[];
  /** Samples in a batch. */
  batch: number;
  /** Inference steps per train step. */
  T: number;
  /** SGD learning rate of the states, before it is multiplied by the batch. */
  lrH: number;
  /** AdamW learning rate of the weights. */
  lrW: number;
  /** AdamW decay of weights and biases. */
  weightDecay: number;
  /** Slope of the leaky ReLU below 0. */
  slope: number;
  /** Train steps of the numeric check. */
  checkSteps: number;
  /** The relative error of an energy that the check allows. */
  tolEnergy: number;
}

/** A dense layer: `w` is row-major [out, in], `b` is [out]. */
export interface Layer {
  /** The weight. */
  w: Floats;
  /** The bias. */
  b: Floats;
}

/** One batch of samples. */
export interface Batch {
  /** Inputs, [batch, dims[0]]. */
  x: Floats;
  /** One-hot labels, [batch, dims.at(-1)]. */
  y: Floats;
}

/** A network in training. */
export interface Trainer {
  /**
   * One train step: init pass, T inference steps on the hidden states, one
   * AdamW step. Returns the energy at the weight step.
   */
  step(batch: Batch): number | Promise<number>;
  /** The current weights. */
  weights(): Layer[] | Promise<Layer[]>;
  /** Frees what the garbage collector does not. */
  dispose?(): void;
}

/** A product C = A @ B of n x n matrices, row-major. */
export interface Matmul {
  /** Computes it once; C is then visible to JavaScript. */
  run(): void | Promise<void>;
  /** The last C. */
  result(): Float32Array;
}

/** A library with one of its backends. */
export interface Peer {
  /** What is running, for the table: backend, threads, features. */
  info: string;
  /** Starts training from given weights; absent without gradients. */
  trainer?(workload: Workload, layers: Layer[]): Trainer | Promise<Trainer>;
  /** Prepares a product. */
  matmul?(n: number, a: Floats, b: Floats): Matmul | Promise<Matmul>;
}

/** Opens a variant of a library: the part of a row's name after the slash. */
export type PeerFactory = (variant: string) => Promise<Peer>;
