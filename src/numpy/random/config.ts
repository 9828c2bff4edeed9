/**
 * Which of JAX's two streams of numbers is drawn.
 *
 * @module
 */

/** Settings of all random functions. */
export interface RandomConfig {
  /**
   * JAX's `jax_threefry_partitionable`: true is the default of JAX since 0.5,
   * false that of earlier versions (and of pcax). Two streams of numbers.
   */
  readonly threefryPartitionable: boolean;
}

let config: RandomConfig = { threefryPartitionable: true };

/** Changes settings for all calls from now on. */
export function configure(settings: Partial<RandomConfig>): void {
  config = { ...config, ...settings };
}

/** The settings in use. */
export function configuration(): RandomConfig {
  return config;
}

/** Options of all random functions. */
export interface RandomOptions {
  /** Which stream: see {@link RandomConfig}; that setting by default. */
  readonly partitionable?: boolean;
}

/** Which stream options choose. */
export function streamOf(options: RandomOptions): boolean {
  return options.partitionable ?? config.threefryPartitionable;
}
