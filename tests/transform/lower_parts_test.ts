import { test } from "node:test";
import { assertEquals } from "@std/assert";
import { range } from "../../src/base/shape.ts";
import { FreeList } from "../../src/transform/lower/free_list.ts";
import { Reach } from "../../src/transform/lower/reach.ts";
import { Dice } from "../support/dice.ts";

test("Reach keeps up with growing and merging graphs", () => {
  for (let seed = 1; seed <= 50; seed++) {
    const dice = new Dice(seed);
    const n = 40;
    const reach = new Reach(n);
    const edges = range(n).map(() => new Set<number>());
    const name = range(n);
    const reaches = (a: number, b: number): boolean =>
      [...edges[a]].some((c) => name[c] === b || reaches(name[c], b));
    for (let v = 1; v < n; v++) {
      for (const w of new Set([dice.below(v), dice.below(v)])) {
        reach.extend(v, name[w]);
        edges[v].add(w);
      }
      const [a, b] = [dice.below(v), dice.below(v)].map((w) => name[w]);
      if (a === b || reaches(a, b) || reaches(b, a)) continue;
      if (dice.next() < 0.5) {
        reach.add(a, b);
        edges[a].add(b);
      } else {
        reach.merge(a, b);
        for (const c of edges[b]) edges[a].add(c);
        name.forEach((x, i) => name[i] = x === b ? a : x);
      }
    }
    for (const a of new Set(name)) {
      for (const b of new Set(name)) {
        if (a !== b) assertEquals(reach.has(a, b), reaches(a, b));
      }
    }
  }
});

test("a FreeList never hands out memory twice and joins what is free", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const dice = new Dice(seed);
    const free = new FreeList();
    const taken: { offset: number; bytes: number }[] = [];
    for (let i = 0; i < 200; i++) {
      if (taken.length > 0 && dice.next() < 0.45) {
        const [block] = taken.splice(dice.below(taken.length), 1);
        free.give(block.offset, block.bytes);
      } else {
        const bytes = 64 * (1 + dice.below(5));
        const offset = free.take(bytes);
        for (const other of taken) {
          const apart = offset + bytes <= other.offset ||
            other.offset + other.bytes <= offset;
          assertEquals(apart, true);
        }
        assertEquals(offset + bytes <= free.end, true);
        taken.push({ offset, bytes });
      }
    }
    for (const { offset, bytes } of taken) free.give(offset, bytes);
    const { end } = free;
    assertEquals(free.take(end), 0);
    assertEquals(free.end, end);
  }
});

test("a FreeList takes the block that fits best", () => {
  const free = new FreeList();
  const [big, , small] = [256, 64, 128, 64].map((bytes) => free.take(bytes));
  free.give(big, 256);
  free.give(small, 128);
  assertEquals(free.take(128), small);
});
