import { describe, it } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import { ShapeError, TraceError } from "../../src/base/errors.ts";
import * as pxf from "../../src/functional/mod.ts";
import type { Tensor } from "../../src/numpy/mod.ts";
import { checkGrads } from "../support/check_grads.ts";
import { jax, jnp } from "./names.ts";
import { assertTensor } from "./near.ts";

const { lax } = jax;
const x = jnp.tensor([[1, 2], [3, 4], [5, 6]], "f32");
const axisName = "batch";
const over = (fn: (row: Tensor) => Tensor) => jax.vmap(fn, { axisName });

describe("samples tell each other", () => {
  it("all of them: allGather", () => {
    const all = over((row) => lax.allGather(row, axisName))(x);
    assertEquals(all.toArray(), [x, x, x].map((t) => t.toArray() as number[]));
    assertEquals(
      over((row) => lax.allGather(row, axisName, { axis: 1 }))(x).at(2)
        .toArray(),
      x.T.toArray(),
    );
    const tiled = over((row) => lax.allGather(row, axisName, { tiled: true }));
    assertEquals(tiled(x).at(0).toArray(), [1, 2, 3, 4, 5, 6]);
    const truth = over((row) => lax.allGather(row, axisName))(x.greater(3));
    assertTensor(truth.at(1), "bool", [
      [false, false],
      [false, true],
      [true, true],
    ]);
  });
  it("without spreading what is not finite", () => {
    const y = jnp.tensor([NaN, Infinity, 1], "f32");
    const all = over((v) => lax.allGather(v, axisName))(y);
    assertEquals(all.at(2).toArray(), [NaN, Infinity, 1]);
  });
  it("one of them: ppermute, pshuffle", () => {
    const moved = over((row) => lax.ppermute(row, axisName, [[0, 1], [1, 2]]));
    assertTensor(moved(x), "f32", [[0, 0], [1, 2], [3, 4]]);
    const turned = over((row) => lax.pshuffle(row, axisName, [2, 0, 1]));
    assertTensor(turned(x), "f32", [[5, 6], [1, 2], [3, 4]]);
    assertThrows(
      () => over((row) => lax.ppermute(row, axisName, [[0, 3]]))(x),
      ShapeError,
      'Cannot permute over axis "batch" of size 3: [0, 3] was given',
    );
    assertThrows(
      () => over((row) => lax.ppermute(row, axisName, [[0, 1], [2, 1]]))(x),
      ShapeError,
      "each destination once",
    );
  });
  it("a part of each: allToAll, pswapaxes, psumScatter", () => {
    const square = jnp.arange(9).reshape(3, 3);
    assertEquals(
      over((row) => lax.pswapaxes(row, axisName, 0))(square).toArray(),
      square.T.toArray(),
    );
    const cube = jnp.arange(18).reshape(3, 2, 3);
    const exchanged = over((m) => lax.allToAll(m, axisName, 1, 0))(cube);
    assertEquals(
      exchanged.toArray(),
      jnp.transpose(cube, [2, 0, 1]).toArray(),
    );
    assertTensor(
      over((row) => lax.psumScatter(row, axisName))(square),
      "i32",
      [9, 12, 15],
    );
    const six = jnp.arange(18).reshape(3, 6);
    assertTensor(
      over((row) => lax.psumScatter(row, axisName, { tiled: true }))(six),
      "i32",
      [[18, 21], [24, 27], [30, 33]],
    );
    assertThrows(
      () => over((row) => lax.pswapaxes(row, axisName, 0))(x),
      ShapeError,
      'Cannot exchange f32[2] over axis "batch": axis 0 has size 2, expected 3',
    );
    assertThrows(
      () => over((row) => lax.psumScatter(row, axisName))(x),
      ShapeError,
      'Cannot scatter f32[2] over axis "batch" of size 3: expected the same',
    );
  });
  it("with derivatives, in jitted functions, nested and tracked", () => {
    const fn = over((row) => lax.allGather(row, axisName).mul(row).sum(0));
    checkGrads(fn, [[[1, 2], [3, 4]]]);
    assertEquals(jax.jit(fn)(x).toArray(), fn(x).toArray());
    const outer = jax.vmap(
      (rows: Tensor) =>
        jax.vmap((v: Tensor) => lax.allGather(v, "inner"), {
          axisName: "inner",
        })(rows).add(lax.psum(0, "outer")),
      { axisName: "outer" },
    );
    assertEquals(outer(x).at(1).toArray(), [[3, 4], [3, 4]]);
    const tracked = pxf.vmap((row: Tensor) => lax.allGather(row, axisName), {
      axisName,
    });
    assertEquals(tracked(x).at(1).toArray(), x.toArray());
  });
  it("only where there is such an axis", () => {
    assertThrows(
      () => lax.allGather(x, "nowhere"),
      TraceError,
      'Cannot gather over axis "nowhere": no such axis is around',
    );
    over((row) => row)(x);
    assertThrows(() => lax.allGather(x, axisName), TraceError, "no such axis");
  });
});
