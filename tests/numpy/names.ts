/** The namespaces under the names that users know, for tests. */
export * as jnp from "../../src/numpy/mod.ts";
export * as jax from "../../src/numpy/jax.ts";
