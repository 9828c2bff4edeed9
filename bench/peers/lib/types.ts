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
  /** Samples in a batch of the numeric check, where `batch` would take long. */
  checkBatch?: number;
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

/** Runs that a library in another process has timed itself. */
export interface Timed {
  /** Milliseconds of each run. */
  ms: number[];
  /** The largest memory of that process, in bytes. */
  rss: number;
}

/** A step that may still be running. */
export interface Pending {
  /** Waits for its energy. */
  read(): Promise<number>;
  /** Says that nobody will. */
  drop(): void;
}

/** A network in training. */
export interface Trainer {
  /**
   * One train step: init pass, T inference steps on the hidden states, one
   * AdamW step. Returns the energy at the weight step.
   */
  step(batch: Batch): number | Promise<number>;
  /** Starts a step without waiting for the one before; on GPUs. */
  start?(batch: Batch): Pending;
  /** The current weights. */
  weights(): Layer[] | Promise<Layer[]>;
  /** Times steps on `batches`, in turns, where the caller's clock cannot. */
  time?(
    batches: readonly Batch[],
    budgetMs: number,
    maxRuns: number,
  ): Promise<Timed>;
  /** Frees what the garbage collector does not. */
  dispose?(): void;
}

/** A product C = A @ B of n x n matrices, row-major. */
export interface Matmul {
  /** Computes it once; C is then visible to JavaScript. */
  run(): void | Promise<void>;
  /** The last C. */
  result(): Float32Array;
  /** Times runs, where the caller's clock cannot. */
  time?(budgetMs: number, maxRuns: number): Promise<Timed>;
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
