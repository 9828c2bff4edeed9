import { describe, it } from "node:test";
import { assertEquals } from "@std/assert";
import { B, f32, i32, kinds, planOf, run } from "../support/lowering.ts";

describe("kernels", () => {
  it("scatter updates a copy, or in place where the operand is donated", () => {
    const b = new B();
    const x = b.input(f32(2, 3)), at = b.input(i32(2)), u = b.input(f32(2, 2));
    const scatter = (mode: "add" | "set") =>
      b.emit("scatter", [x, at, u], { axis: 1, batchDims: 0, mode })[0];
    const program = b.build([scatter("add")]);
    const args = [[0, 0, 0, 1, 1, 1], [2, 7], [5, 6, 7, 8]];
    assertEquals(run(program, args), [[0, 0, 5, 1, 1, 8]]);
    assertEquals(kinds(planOf(program).steps), ["map", "scatter"]);
    assertEquals(kinds(planOf(program, [[0, 0]]).steps), ["scatter"]);
    assertEquals(run(program, args, [[0, 0]]), [[0, 0, 5, 1, 1, 8]]);
  });

  it("scatter takes over a temporary that dies there", () => {
    const b = new B();
    const x = b.input(f32(4)), at = b.input(i32(1)), u = b.input(f32(1));
    const y = b.unary("neg", x);
    const params = { axis: 0, batchDims: 0, mode: "set" } as const;
    const [z] = b.emit("scatter", [y, at, u], params);
    const program = b.build([b.cumsum(b.reshape(z, [1, 4]))]);
    assertEquals(kinds(planOf(program).steps), ["map", "scatter", "cumsum"]);
    assertEquals(run(program, [[1, 2, 3, 4], [1], [9]]), [[-1, 8, 5, 1]]);
  });

  it("gather and scatter with batch axes", () => {
    const b = new B();
    const x = b.input(f32(2, 3)), at = b.input(i32(2, 1));
    const [g] = b.emit("gather", [x, at], { axis: 1, batchDims: 1 });
    const params = { axis: 1, batchDims: 1, mode: "add" } as const;
    const [s] = b.emit("scatter", [x, at, g], params);
    assertEquals(run(b.build([g, s]), [[1, 2, 3, 4, 5, 6], [2, 0]]), [
      [3, 4],
      [1, 2, 6, 8, 5, 6],
    ]);
  });

  it("operands that are views are copied once for all kernels", () => {
    const b = new B();
    const x = b.transpose(b.input(f32(3, 2)));
    const [y] = b.emit("argreduce", [x], { op: "max", axis: 0 });
    const program = b.build([b.cumsum(x), y]);
    assertEquals(kinds(planOf(program).steps), ["map", "argreduce", "cumsum"]);
  });
});
