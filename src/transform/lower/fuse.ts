/**
 * Which works run together. A unit is a set of works that becomes one call (or
 * the calls of one kernel): elementwise works of one iteration shape, with
 * several results where they are wanted, or a reduction with the elementwise
 * works that only it needs. Units never depend on each other in a circle.
 *
 * @module
 */
import type { Shape } from "../../base/shape.ts";
import { sameShape } from "../../base/shape.ts";
import type { Cell, Ref, Work } from "./cells.ts";
import { Reach } from "./reach.ts";

/** Works that run together. */
export interface Unit {
  /** Works in order; a kernel or reduction is the last. */
  readonly works: Work[];
  /** Units that must run before, in no order, possibly repeated. */
  readonly after: Set<Unit>;
}

/** Longer fused loops run out of registers and gain nothing. */
const MAX_WORKS = 64;

/** The cell whose element `i` the ref yields in iteration `i`, or null. */
function alignedCell(ref: Ref, iteration: Shape): Cell | null {
  if (ref.kind !== "cell" || !ref.identity) return null;
  const shape = ref.cell.shape.filter((n) => n !== 1);
  return sameShape(shape, iteration) ? ref.cell : null;
}

/** A partition of the works of a block into units. */
export class Fusion {
  readonly #works: readonly Work[];
  readonly #parent: Int32Array;
  readonly #sizes: Int32Array;
  readonly #reach: Reach;
  /** Per representative: works it depends on; ~id if not register to register. */
  readonly #edges: number[][];
  readonly #units: (Unit | undefined)[];

  /** Partitions the needed works of `works`. */
  constructor(works: readonly Work[]) {
    this.#works = works;
    this.#parent = Int32Array.from(works, (_, i) => i);
    this.#sizes = new Int32Array(works.length).fill(1);
    this.#reach = new Reach(works.length);
    this.#edges = works.map(() => []);
    this.#units = new Array(works.length);
    const absorbed = this.#absorbIntoReductions();
    // Results that are stored anyway tie their readers to them only when all
    // other ties are made: where a chain must be cut, cut it there.
    const loose: [source: Work, reader: Work][] = [];
    for (const work of works) {
      if (!work.needed) continue;
      for (const source of this.#place(work, absorbed)) {
        if (this.#isStoredAnyway(source.outs[0], absorbed)) {
          loose.push([source, work]);
        } else this.#merge(source.id, work.id);
      }
    }
    for (const [source, reader] of loose) this.#merge(source.id, reader.id);
    this.#joinReaders(absorbed);
    this.#collect();
  }

  /** The units, in order of their last work. */
  units(): Unit[] {
    const last = new Map<Unit, number>();
    for (const work of this.#works) {
      const unit = this.#units[this.#find(work.id)];
      if (work.needed && unit !== undefined) last.set(unit, work.id);
    }
    return [...last].sort((a, b) => a[1] - b[1]).map(([unit]) => unit);
  }

  /** The unit of a needed work. */
  unitOf(work: Work): Unit {
    return this.#units[this.#find(work.id)]!;
  }

  /** Whether `unit` can only run after `other`. */
  depends(unit: Unit, other: Unit): boolean {
    const a = this.#find(unit.works[0].id);
    return this.#reach.has(a, this.#find(other.works[0].id));
  }

  /** Makes `unit` run after `other`, which must not depend on it. */
  order(unit: Unit, other: Unit): void {
    unit.after.add(other);
    const a = this.#find(unit.works[0].id);
    this.#reach.add(a, this.#find(other.works[0].id));
  }

  #find(id: number): number {
    let root = id;
    while (this.#parent[root] !== root) root = this.#parent[root];
    while (this.#parent[id] !== root) {
      const next = this.#parent[id];
      this.#parent[id] = root;
      id = next;
    }
    return root;
  }

  /** Gives each reduction the elementwise works that only it needs. */
  #absorbIntoReductions(): Uint8Array {
    const absorbed = new Uint8Array(this.#works.length);
    for (const reduction of this.#works) {
      if (!reduction.needed || reduction.kind !== "reduce") continue;
      const mine = new Set<Work>([reduction]);
      const open = new Set<Work>();
      const consider = (work: Work) => {
        for (const ref of work.operands) {
          const source = alignedCell(ref, reduction.iteration!)?.work;
          if (source?.kind === "elementwise") open.add(source);
        }
      };
      consider(reduction);
      while (open.size > 0 && mine.size < MAX_WORKS) {
        // The latest first: its users are all decided by then.
        let latest: Work | null = null;
        for (const work of open) {
          if (latest === null || work.id > latest.id) latest = work;
        }
        open.delete(latest!);
        const [out] = latest!.outs;
        const inside = out.users.every((user) => mine.has(user));
        if (!inside || out.buffer !== null) continue;
        // A user inside that reads it out of step needs it stored.
        const inStep = out.users.every((user) =>
          user.operands.every((ref) =>
            ref.kind !== "cell" || ref.cell !== out ||
            alignedCell(ref, reduction.iteration!) !== null
          )
        );
        if (!inStep) continue;
        mine.add(latest!);
        absorbed[latest!.id] = 1;
        this.#parent[latest!.id] = reduction.id;
        consider(latest!);
      }
      this.#sizes[reduction.id] = mine.size;
    }
    return absorbed;
  }

  /** Records what a work depends on; yields those it could be fused with. */
  #place(work: Work, absorbed: Uint8Array): Work[] {
    const me = this.#find(work.id);
    const fusible: Work[] = [];
    for (const ref of work.operands) {
      const source = ref.kind === "cell" ? ref.cell.work : null;
      // Works of enclosing blocks have already run.
      if (source === null || this.#works[source.id] !== source) continue;
      const root = this.#find(source.id);
      if (root === me) continue;
      const inStep = work.kind === "elementwise" &&
        source.kind === "elementwise" && absorbed[source.id] === 0 &&
        alignedCell(ref, work.iteration!) !== null;
      this.#edges[me].push(inStep ? source.id : ~source.id);
      this.#reach.extend(me, root);
      if (inStep && absorbed[work.id] === 0) fusible.push(source);
    }
    return fusible;
  }

  /** Whether a cell needs memory even if all that can be fused is. */
  #isStoredAnyway(cell: Cell, absorbed: Uint8Array): boolean {
    return cell.buffer !== null ||
      cell.users.some((user) =>
        user.kind !== "elementwise" || absorbed[user.id] === 1 ||
        user.operands.some((ref) =>
          ref.kind === "cell" && ref.cell === cell &&
          alignedCell(ref, user.iteration!) === null
        )
      );
  }

  /** Merges elementwise units that read the same cells in the same order. */
  #joinReaders(absorbed: Uint8Array): void {
    const reader = new Map<Cell, Work>();
    for (const work of this.#works) {
      if (
        !work.needed || work.kind !== "elementwise" || absorbed[work.id] === 1
      ) continue;
      for (const ref of work.operands) {
        const cell = alignedCell(ref, work.iteration!);
        if (cell === null) continue;
        const other = reader.get(cell);
        if (other !== undefined) this.#merge(other.id, work.id);
        reader.set(cell, work);
      }
    }
  }

  /** Merges the units of two works where that makes no circle. */
  #merge(x: number, y: number): void {
    const a = this.#find(x);
    const b = this.#find(y);
    const size = this.#sizes[a] + this.#sizes[b];
    if (
      a === b || size > MAX_WORKS || this.#detour(a, b) || this.#detour(b, a)
    ) return;
    this.#parent[b] = a;
    this.#sizes[a] = size;
    this.#edges[a].push(...this.#edges[b]);
    this.#reach.merge(a, b);
  }

  /** Whether `a` needs `b` other than from register to register. */
  #detour(a: number, b: number): boolean {
    for (const edge of this.#edges[a]) {
      const to = this.#find(edge < 0 ? ~edge : edge);
      if (to === b ? edge < 0 : to !== a && this.#reach.has(to, b)) return true;
    }
    return false;
  }

  #collect(): void {
    for (const work of this.#works) {
      if (!work.needed) continue;
      const root = this.#find(work.id);
      const unit = this.#units[root] ??= { works: [], after: new Set() };
      unit.works.push(work);
    }
    for (const work of this.#works) {
      if (!work.needed) continue;
      const unit = this.unitOf(work);
      for (const ref of work.operands) {
        const source = ref.kind === "cell" ? ref.cell.work : null;
        if (source === null || this.#works[source.id] !== source) continue;
        const other = this.unitOf(source);
        if (other !== unit) unit.after.add(other);
      }
    }
  }
}
