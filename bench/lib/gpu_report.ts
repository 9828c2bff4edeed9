/**
 * Tables of `bench/webgpu.ts`, each figure beside a ceiling of the GPU.
 *
 * @module
 */
import type { px } from "../../mod.ts";
import { formatTable } from "../peers/lib/table.ts";
import type { Bandwidth } from "./gpu_ceilings.ts";
import type { WorkTiming } from "./gpu_work.ts";
import type { Timing } from "./pace.ts";

const LONGEST_NAME = 100;
/** It reads two and writes one. */
const ARRAYS_OF_LOOP = 3;

const three = (x: number): string =>
  Number.isFinite(x) ? Number(x.toPrecision(3)).toString() : "";
const percent = (part: number): string =>
  Number.isFinite(part) ? `${three(100 * part)} %` : "";

/** Collects figures and prints them. */
export class Report {
  /** The best that was measured without the library; NaN before. */
  #dispatchUs = NaN;
  #gbs = NaN;
  #gflops = NaN;
  /** Megabytes -> GB/s of a copy of so many. */
  readonly #copies = new Map<number, number>();
  readonly #ceilings: string[][] = [];
  readonly #loops: string[][] = [];
  readonly #products: string[][] = [];
  readonly #steps: string[][] = [];

  /** Notes what dispatches and submits cost, in microseconds. */
  overheads(
    { dispatch, submit, trip }: Record<"dispatch" | "submit" | "trip", Timing>,
  ): void {
    this.#dispatchUs = dispatch.best;
    this.#add("a dispatch after another", "us", dispatch);
    this.#add("a submit of one dispatch", "us", submit);
    this.#add("a submit, awaited", "us", trip);
  }

  /** Notes a speed of copies: a ceiling. */
  copy(megabytes: number, bandwidth: Bandwidth): void {
    this.bandwidth(bandwidth);
    const { rate } = bandwidth;
    if (typeof rate === "string") return;
    this.#copies.set(megabytes, rate.best);
    this.#gbs = Math.max(rate.best, Number.isNaN(this.#gbs) ? 0 : this.#gbs);
  }

  /** Notes another speed of memory. */
  bandwidth({ what, rate }: Bandwidth): void {
    if (typeof rate === "string") this.#ceilings.push([what, "", "", rate]);
    else this.#add(what, "GB/s", rate);
  }

  /** Notes the speed of arithmetic. */
  arithmetic({ what, rate }: { what: string; rate: Timing }): void {
    this.#gflops = rate.best;
    this.#add(what, "GFLOP/s", rate);
  }

  /** Notes a loop over arrays of so many megabytes, or why there is none. */
  loop(megabytes: number, timing: Timing | string): void {
    const bytes = ARRAYS_OF_LOOP * megabytes * 2 ** 20;
    const ceiling = this.#copies.get(megabytes) ?? NaN;
    this.#loops.push(ratedRow(`${megabytes} MB`, bytes, timing, ceiling));
  }

  /** Notes a product of matrices of `n` rows, or why there is none. */
  product(n: number, timing: Timing | string): void {
    this.#products.push(
      ratedRow(`${n} x ${n} x ${n}`, 2 * n ** 3, timing, this.#gflops),
    );
  }

  /** Notes a training step. */
  step(
    name: string,
    { best, median, js }: WorkTiming,
    kernels: readonly px.KernelTime[],
  ): void {
    const dispatches = kernels.reduce((sum, { calls }) => sum + calls, 0);
    const flops = kernels.reduce((sum, { flops }) => sum + flops, 0);
    const floor = kernels.reduce((sum, k) => sum + this.#floor(k), 0);
    this.#steps.push([
      name,
      three(best),
      three(median),
      three(js),
      `${dispatches}`,
      three(flops / best / 1e6),
      percent(flops / best / 1e6 / this.#gflops),
      three(floor),
      three(best / floor),
    ]);
  }

  /** What dispatches took by the GPU's clock, beside what they need. */
  profile(name: string, kernels: readonly px.KernelTime[]): string {
    const rows = kernels.map((kernel) => {
      const { name, calls, ms, share, flops, bytes } = kernel;
      const floor = this.#floor(kernel);
      return [
        name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}...` : name,
        `${calls}`,
        three(ms),
        percent(share),
        three(flops / ms / 1e6),
        three(bytes / ms / 1e6),
        three(floor),
        three(ms / floor),
      ];
    });
    const head = [
      "dispatch",
      "calls",
      "ms",
      "share",
      "GFLOP/s",
      "GB/s",
      "floor ms",
      "ms/floor",
    ];
    const table = formatTable(head, rows).join("\n");
    return `${name}, dispatch by dispatch:\n\n\`\`\`text\n${table}\n\`\`\`\n`;
  }

  /** The table of ceilings. */
  ceilings(): string {
    const head = ["what", "best", "median", ""];
    return section("Without the library", head, this.#ceilings);
  }

  /** The table of loops. */
  loops(): string {
    return section("Fused loops", ratedHead("GB/s", "copies"), this.#loops);
  }

  /** The table of products. */
  products(): string {
    const head = ratedHead("GFLOP/s", "arithmetic");
    return section("Products of matrices", head, this.#products);
  }

  /** The table of training steps. */
  steps(): string {
    const head = [
      "step",
      "best ms",
      "median ms",
      "JavaScript ms",
      "dispatches",
      "GFLOP/s",
      "of arithmetic",
      "floor ms",
      "best/floor",
    ];
    return section("Training steps", head, this.#steps);
  }

  #add(what: string, unit: string, { best, median }: Timing): void {
    this.#ceilings.push([what, three(best), three(median), unit]);
  }

  /** Milliseconds that dispatches take at least, by the ceilings. */
  #floor({ calls, flops, bytes }: px.KernelTime): number {
    return calls * this.#dispatchUs / 1000 +
      Math.max(flops / this.#gflops, bytes / this.#gbs) / 1e6;
  }
}

function ratedHead(unit: string, ceiling: string): string[] {
  return ["what", "best ms", "median ms", unit, `of ${ceiling}`];
}

function ratedRow(
  name: string,
  amount: number,
  timing: Timing | string,
  ceiling: number,
): string[] {
  if (typeof timing === "string") return [name, "", "", timing, ""];
  const rate = amount / timing.best / 1e6;
  return [
    name,
    three(timing.best),
    three(timing.median),
    three(rate),
    percent(rate / ceiling),
  ];
}

function section(title: string, head: string[], rows: string[][]): string {
  return [`## ${title}`, "", ...formatTable(head, rows), ""].join("\n");
}
