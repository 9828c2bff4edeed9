/**
 * Conformance of storage: donated inputs, kept inputs, and memory that stays
 * as it is however often a Plan runs.
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "node:test";
import { DeviceError } from "../../src/base/errors.ts";
import { range } from "../../src/base/shape.ts";
import { type Device, HostStorage } from "../../src/device/device.ts";
import type { Instruction, Plan } from "../../src/device/plan.ts";
import { PlanKit } from "./plan_kit.ts";

const sumOf = (a: number, b: number): Instruction => ({
  op: "binary",
  fn: "add",
  dtype: "f32",
  args: [a, b],
});

/** Output 0 is `a + b` in the memory of `a`, output 1 is `a * 2`. */
export function accumulate(n: number): Plan {
  const kit = new PlanKit();
  const a = kit.input("f32", [n]);
  const b = kit.input("f32", [n]);
  const sum = kit.output("f32", [n], 0);
  const twice = kit.output("f32", [n]);
  const shape = [n];
  kit.call(
    {
      kind: "map",
      shape,
      instructions: [sumOf(0, 0)],
      results: [1],
    },
    [a],
    [twice],
  );
  kit.call(
    { kind: "map", shape, instructions: [sumOf(0, 1)], results: [2] },
    [a, b],
    [sum],
  );
  return kit.plan();
}

/** A host storage of `n` times `value`. */
export function host(n: number, value: number): HostStorage {
  return new HostStorage(new Float32Array(n).fill(value));
}

/** Checks of inputs, outputs and memory. */
export function conformMemory(open: () => Device): void {
  describe("memory", () => {
    it("takes over donated inputs and leaves host data alone", () => {
      for (const n of [0, 1, 5, 17]) {
        const executable = open().compile(accumulate(n));
        const a = host(n, 1), b = host(n, 10);
        let [sum, twice] = executable.run([a, b]);
        assertEquals(twice.readSync(), new Float32Array(n).fill(2));
        [sum, twice] = executable.run([sum, b]);
        assertEquals(sum.readSync(), new Float32Array(n).fill(21));
        assertEquals(twice.readSync(), new Float32Array(n).fill(22));
        assertEquals(a.readSync(), new Float32Array(n).fill(1));
        assertEquals(b.readSync(), new Float32Array(n).fill(10));
        sum.release();
        executable.dispose();
      }
    });
    it("keeps the elements of a storage that has escaped", async () => {
      const executable = open().compile(accumulate(5));
      const [first] = executable.run([host(5, 1), host(5, 10)]);
      first.escaped = true;
      const [second] = executable.run([first, host(5, 100)]);
      assertEquals(first.readSync(), new Float32Array(5).fill(11));
      assertEquals(await first.read(), new Float32Array(5).fill(11));
      assertEquals(second.readSync(), new Float32Array(5).fill(111));
      // It may be used again, as an operand of either kind.
      const [third] = executable.run([first, first]);
      assertEquals(third.readSync(), new Float32Array(5).fill(22));
      for (const storage of [first, second, third]) storage.release();
      executable.dispose();
    });
    it("gives right results when one storage is donated and kept", () => {
      const kit = new PlanKit();
      const a = kit.input("f32", [5]);
      const b = kit.input("f32", [5]);
      const sum = kit.output("f32", [5], 0);
      const late = kit.output("f32", [5]);
      const map = { kind: "map", shape: [5] } as const;
      kit.call(
        { ...map, instructions: [sumOf(0, 1)], results: [2] },
        [a, b],
        [sum],
      );
      // By now the memory of `a` is overwritten, but not that of `b`.
      kit.call(
        { ...map, instructions: [sumOf(0, 0)], results: [1] },
        [b],
        [late],
      );
      const device = open();
      const executable = device.compile(kit.plan());
      const x = device.persist(host(5, 3), "f32", 5);
      const outputs = executable.run([x, x]);
      assertEquals(outputs.map((s) => s.readSync()[4]), [6, 6]);
      outputs[0].release();
      executable.dispose();
    });
    it("gives right results when one storage is donated twice", () => {
      const kit = new PlanKit();
      const a = kit.input("f32", [3]);
      const b = kit.input("f32", [3]);
      const x = kit.output("f32", [3], 0);
      const y = kit.output("f32", [3], 1);
      kit.call(
        {
          kind: "map",
          shape: [3],
          instructions: [sumOf(0, 1), sumOf(2, 1)],
          results: [2, 3],
        },
        [a, b],
        [x, y],
      );
      const device = open();
      const executable = device.compile(kit.plan());
      const given = device.persist(host(3, 2), "f32", 3);
      const outputs = executable.run([given, given]);
      assertEquals(
        outputs.map((s) => s.readSync()[2]),
        [4, 6],
      );
      for (const storage of outputs) storage.release();
      executable.dispose();
    });
    it("persists a copy", () => {
      const data = new Float32Array([1, 2, 3]);
      const storage = open().persist(new HostStorage(data), "f32", 3);
      data[0] = 9;
      assertEquals([...storage.readSync()], [1, 2, 3]);
      storage.release();
    });
    it("rounds double data to f32", () => {
      const executable = open().compile(accumulate(1));
      const inputs = [0.1, 0].map((x) => new HostStorage(Float64Array.of(x)));
      const [sum] = executable.run(inputs);
      assertEquals([...sum.readSync()], [Math.fround(0.1)]);
      sum.release();
      executable.dispose();
    });
    it("loses nothing when a run fails", () => {
      const executable = open().compile(accumulate(5));
      const [x] = executable.run([host(5, 1), host(5, 10)]);
      for (const inputs of [[x, host(4, 1)], [x], [host(4, 1), x]]) {
        const error = assertThrows(() => executable.run(inputs), DeviceError);
        assert(/input [01] has (4|no) elements/.test(error.message));
      }
      assertEquals(x.readSync(), new Float32Array(5).fill(11));
      const [y] = executable.run([x, host(5, 1)]);
      assertEquals(y.readSync(), new Float32Array(5).fill(12));
      y.release();
      executable.dispose();
    });
    it("stays flat over 10,000 runs", () => {
      const device = open();
      const n = 1000;
      const before = device.memory().used;
      const executable = device.compile(accumulate(n));
      let [sum] = executable.run([host(n, -3), host(n, 1)]);
      // A device may go over to faster code in the first runs.
      for (const _ of range(3)) [sum] = executable.run([sum, host(n, 1)]);
      const { used, capacity } = device.memory();
      for (const i of range(10_000)) {
        // Now and then somebody looks.
        if (i % 100 === 0) sum.escaped = true;
        [sum] = executable.run([sum, host(n, 1)]);
      }
      assertEquals(device.memory(), { used, capacity });
      assertEquals(sum.readSync()[n - 1], 10_001);
      sum.release();
      executable.dispose();
      assertEquals(device.memory().used, before);
    });
  });
}
