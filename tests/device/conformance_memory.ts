/**
 * Conformance of storage: donated inputs, kept inputs, and memory that stays
 * as it is however often a Plan runs.
 */
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { allocate } from "../../src/base/dtype.ts";
import { DeviceError } from "../../src/base/errors.ts";
import { range } from "../../src/base/shape.ts";
import { HostStorage, type Storage } from "../../src/device/device.ts";
import type { Instruction, Plan } from "../../src/device/plan.ts";
import { PlanKit } from "./plan_kit.ts";
import type { Suite } from "./declare.ts";

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

/** The elements of each, all asked for before any is waited for. */
function elements(storages: readonly Storage[]): Promise<number[][]> {
  return Promise.all(storages.map(async (s) => [...await s.read()]));
}

function release(storages: readonly Storage[]): void {
  for (const storage of storages) storage.release();
}

const filled = (n: number, value: number): number[] =>
  new Array<number>(n).fill(value);

/** Checks of inputs, outputs and memory. */
export function conformMemory(suite: Suite): void {
  suite.describe("memory", (suite) => {
    donation(suite);
    aliases(suite);
    reading(suite);
    failures(suite);
    flat(suite);
  });
}

function donation(suite: Suite): void {
  suite.it(
    "takes over donated inputs, leaves host data alone",
    async (device) => {
      for (const n of [0, 1, 5, 17, 5000]) {
        const executable = device.compile(accumulate(n));
        const a = host(n, 1), b = host(n, 10);
        const first = executable.run([a, b]);
        assertEquals(await elements([first[1]]), [filled(n, 2)]);
        const second = executable.run([first[0], b]);
        assertEquals(await elements(second), [filled(n, 21), filled(n, 22)]);
        assertEquals(await elements([a, b]), [filled(n, 1), filled(n, 10)]);
        release([first[1], ...second]);
        executable.dispose();
      }
    },
  );
  suite.it(
    "keeps the elements of a storage that has escaped",
    async (device) => {
      const executable = device.compile(accumulate(5));
      const [first, twice] = executable.run([host(5, 1), host(5, 10)]);
      first.escaped = true;
      const second = executable.run([first, host(5, 100)]);
      assertEquals(await elements([first]), [filled(5, 11)]);
      assertEquals(await elements(second), [filled(5, 111), filled(5, 22)]);
      // It may be used again, as an operand of either kind.
      const third = executable.run([first, first]);
      assertEquals(await elements(third), [filled(5, 22), filled(5, 22)]);
      assertEquals(await elements([first]), [filled(5, 11)]);
      release([first, twice, ...second, ...third]);
      executable.dispose();
    },
  );
  suite.it("goes on with what it is given by itself", async (device) => {
    // Results of one Plan, also those in memory of their own, feed the next.
    const executable = device.compile(accumulate(33));
    const all = [executable.run([host(33, 1), host(33, 2)])];
    for (const i of range(3)) {
      const [sum, twice] = all[i];
      all.push(executable.run([sum, twice]));
    }
    // 3 2; 5 6; 11 10; 21 22
    assertEquals(await elements(all[3]), [filled(33, 21), filled(33, 22)]);
    assertEquals(await elements([all[2][1]]), [filled(33, 10)]);
    release([...all.map(([, twice]) => twice), all[3][0]]);
    executable.dispose();
  });
}

function aliases(suite: Suite): void {
  suite.it("is right when one storage is donated and kept", async (device) => {
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
    const executable = device.compile(kit.plan());
    const x = device.persist(host(5, 3), "f32", 5);
    const outputs = executable.run([x, x]);
    assertEquals(await elements(outputs), [filled(5, 6), filled(5, 6)]);
    release(outputs);
    executable.dispose();
  });
  suite.it("is right when one storage is donated twice", async (device) => {
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
    const executable = device.compile(kit.plan());
    const given = device.persist(host(3, 2), "f32", 3);
    const outputs = executable.run([given, given]);
    assertEquals(await elements(outputs), [filled(3, 4), filled(3, 6)]);
    release(outputs);
    executable.dispose();
  });
}

function reading(suite: Suite): void {
  suite.it("persists a copy", async (device) => {
    const types = ["f32", "i32", "u32", "bool"] as const;
    for (const dtype of types) {
      for (const n of [0, 1, 3, 1000]) {
        const data = allocate(dtype, n).fill(1);
        const storage = device.persist(new HostStorage(data), dtype, n);
        data.fill(0);
        assertEquals(await storage.read(), allocate(dtype, n).fill(1));
        storage.release();
      }
    }
  });
  suite.it("rounds double data to f32", async (device) => {
    const executable = device.compile(accumulate(1));
    const inputs = [0.1, 0].map((x) => new HostStorage(Float64Array.of(x)));
    const outputs = executable.run(inputs);
    assertEquals((await elements(outputs))[0], [Math.fround(0.1)]);
    release(outputs);
    executable.dispose();
  });
  suite.it("reads what there is at that moment", async (device) => {
    for (const n of [5, 5000]) {
      const executable = device.compile(accumulate(n));
      const all = [executable.run([host(n, 1), host(n, 10)])];
      const reads = [elements(all[0])];
      // What is updated in place, or released, has been asked for before.
      for (const i of range(4)) {
        all.push(executable.run([all[i][0], host(n, 100)]));
        all[i][1].release();
        reads.push(elements(all[i + 1]));
      }
      release(all[4]);
      executable.dispose();
      for (const [i, read] of reads.entries()) {
        const sum = 11 + 100 * i;
        const twice = i === 0 ? 2 : 2 * (sum - 100);
        assertEquals(await read, [filled(n, sum), filled(n, twice)]);
      }
    }
  });
  suite.it("reads one storage several times at once", async (device) => {
    const storage = device.persist(host(9, 4), "f32", 9);
    const expected = range(3).map(() => filled(9, 4));
    assertEquals(await elements([storage, storage, storage]), expected);
    storage.release();
  });
  suite.it("hands out elements that no run changes", async (device) => {
    const executable = device.compile(accumulate(4));
    const first = executable.run([host(4, 1), host(4, 1)]);
    const seen = await first[0].read();
    const second = executable.run([first[0], host(4, 1)]);
    assertEquals(await elements(second), [filled(4, 3), filled(4, 4)]);
    assertEquals([...seen], filled(4, 2));
    release([first[1], ...second]);
    executable.dispose();
  });
  suite.it("reads at once, or says that only data() can", (device) => {
    const storage = device.persist(host(3, 7), "f32", 3);
    try {
      assertEquals([...storage.readSync()], filled(3, 7));
    } catch (error) {
      assert(error instanceof DeviceError, String(error));
      assertMatch(error.message, /^Cannot read .*data\(\)/);
    }
    storage.release();
  });
}

function failures(suite: Suite): void {
  suite.it("loses nothing when a run fails", async (device) => {
    const executable = device.compile(accumulate(5));
    const first = executable.run([host(5, 1), host(5, 10)]);
    const [x] = first;
    for (const inputs of [[x, host(4, 1)], [x], [host(4, 1), x]]) {
      const error = assertThrows(() => executable.run(inputs), DeviceError);
      assertMatch(error.message, /input [01] has (4|no) elements/);
    }
    assertEquals(await elements([x]), [filled(5, 11)]);
    const second = executable.run([x, host(5, 1)]);
    assertEquals(await elements(second), [filled(5, 12), filled(5, 22)]);
    release([first[1], ...second]);
    executable.dispose();
  });
  suite.it(
    "refuses to run once disposed, if there is something to free",
    (device) => {
      const executable = device.compile(accumulate(4));
      executable.dispose();
      executable.dispose();
      if (device.info.name === "reference") return;
      assertThrows(
        () => executable.run([host(4, 1), host(4, 1)]),
        DeviceError,
        "was disposed",
      );
    },
  );
}

function flat(suite: Suite): void {
  suite.it("stays flat over 10,000 runs", async (device) => {
    const n = 1000;
    const before = device.memory().used;
    const executable = device.compile(accumulate(n));
    const first = executable.run([host(n, -1), host(n, 1)]);
    first[1].release();
    let [sum] = first;
    const runs = async (count: number) => {
      for (const i of range(count)) {
        const last = sum;
        // Now and then somebody looks; a device may fall behind until then.
        if (i % 100 === 0) last.escaped = true;
        const [next, twice] = executable.run([last, host(n, 1)]);
        if (next !== last) last.release();
        if (i % 100 === 99) await next.read();
        twice.release();
        sum = next;
      }
    };
    // A device may go over to faster code, and gather memory to use again.
    await runs(200);
    const { used, capacity } = device.memory();
    await runs(10_000);
    const now = device.memory();
    // What was dropped before may have been freed in the meantime.
    assert(now.used <= used, `${now.used} bytes of ${used}`);
    assert(now.capacity <= capacity, `${now.capacity} bytes of ${capacity}`);
    assertEquals((await sum.read())[n - 1], 10_200);
    sum.release();
    executable.dispose();
    assert(device.memory().used <= before);
  });
}
