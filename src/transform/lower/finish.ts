/**
 * The end of lowering: a draft whose temporaries are placed becomes the Plan,
 * without the copies that turned out to copy a buffer onto itself.
 *
 * @module
 */
import type { BufferPlace, Call, Plan, Step, View } from "../../device/plan.ts";
import type { Program } from "../../ir/program.ts";
import type {
  Buffer,
  Draft,
  DraftCall,
  DraftStep,
  DraftView,
} from "./draft.ts";
import { type Arena, placeTemporaries } from "./memory.ts";

/** Makes the Plan of a complete draft. */
export function finish(
  program: Program,
  donate: ReadonlyMap<number, number>,
  draft: Draft,
  steps: readonly DraftStep[],
): Plan {
  const arena = placeTemporaries(draft, steps);
  const places = new Places(arena);
  return {
    inputs: program.inputs.map((id) => program.avals[id]),
    outputs: program.outputs.map((id, j) => ({
      aval: program.avals[id],
      donated: donate.get(j) ?? null,
    })),
    steps: finishSteps(steps, places),
    buffers: places.list,
    arenaBytes: arena.bytes,
  };
}

/** The buffers of the Plan: buffers at one address are one buffer. */
class Places {
  readonly list: BufferPlace[] = [];
  readonly #arena: Arena;
  readonly #indices = new Map<Buffer, number>();
  readonly #byText = new Map<string, number>();

  constructor(arena: Arena) {
    this.#arena = arena;
  }

  index(buffer: Buffer): number {
    let index = this.#indices.get(buffer);
    if (index === undefined) {
      const place = this.#placeOf(buffer);
      const steps = place.steps.map(({ loop, bytes }) => `${loop}*${bytes}`);
      const text = `${place.base},${place.offset},${place.size},${steps}`;
      index = this.#byText.get(text);
      if (index === undefined) {
        index = this.list.push(place) - 1;
        this.#byText.set(text, index);
      }
      this.#indices.set(buffer, index);
    }
    return index;
  }

  #placeOf({ id, size, home }: Buffer): BufferPlace {
    switch (home.kind) {
      case "arena":
        return { base: 0, offset: this.#arena.offsets[id], size, steps: [] };
      case "base":
        return { base: home.base, offset: 0, size, steps: [] };
      case "part": {
        const whole = this.#placeOf(home.of);
        return {
          base: whole.base,
          offset: whole.offset + home.offset,
          size,
          steps: [...whole.steps, ...home.steps],
        };
      }
    }
  }
}

function finishSteps(steps: readonly DraftStep[], places: Places): Step[] {
  const result: Step[] = [];
  for (const step of steps) {
    if (step.step === "loop") {
      const body = finishSteps(step.body, places);
      if (body.length > 0) result.push({ ...step, body });
    } else if (step.step === "while") {
      result.push({
        step: "while",
        flag: finishView(step.flag, places),
        most: step.most,
        condition: finishSteps(step.condition.steps, places),
        body: finishSteps(step.body.steps, places),
      });
    } else if (step.step === "branch") {
      const branches = step.branches.map(({ steps }) =>
        finishSteps(steps, places)
      );
      const index = finishView(step.index, places);
      if (branches.some((steps) => steps.length > 0)) {
        result.push({ step: "branch", index, branches });
      }
    } else if (!copiesToItself(step, places)) {
      result.push(finishCall(step, places));
    }
  }
  return result;
}

/** A read and a write of one buffer are the same view: nothing to do then. */
function copiesToItself(
  { kernel, reads, writes }: DraftCall,
  places: Places,
): boolean {
  return kernel.kind === "map" && kernel.instructions.length === 0 &&
    kernel.results.every((register, i) =>
      places.index(reads[register].buffer) === places.index(writes[i].buffer)
    );
}

function finishView(
  { buffer, dtype, window }: DraftView,
  places: Places,
): View {
  return {
    buffer: places.index(buffer),
    dtype,
    offset: window.offset,
    shape: window.shape,
    strides: window.strides,
  };
}

function finishCall(
  { kernel, reads, writes }: DraftCall,
  places: Places,
): Call {
  return {
    step: "call",
    kernel,
    reads: reads.map((view) => finishView(view, places)),
    writes: writes.map((view) => finishView(view, places)),
  };
}
