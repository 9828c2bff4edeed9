/** Reading memory as soon as it is there, on buffers that are played. */
import { assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "node:test";
import { Mapper } from "../../../src/device/webgpu/mapping.ts";

/** A buffer whose memory is there before `mapAsync` says so, or not. */
class FakeBuffer {
  readonly #ahead: boolean;
  #isMapped = false;
  #say: { resolve(): void; reject(error: Error): void }[] = [];
  /** What was asked for, in order. */
  readonly calls: string[] = [];

  constructor(ahead: boolean) {
    this.#ahead = ahead;
  }

  mapAsync(mode: number, offset: number, size: number): Promise<void> {
    this.calls.push(`map ${mode} ${offset} ${size}`);
    if (this.#ahead) this.#isMapped = true;
    return new Promise((resolve, reject) =>
      this.#say.push({ resolve, reject })
    );
  }

  getMappedRange(offset: number, size: number): ArrayBuffer {
    this.calls.push(`range ${offset} ${size}`);
    if (!this.#isMapped) throw new Error("it is not mapped");
    return new ArrayBuffer(size);
  }

  /** Lets `mapAsync` say that memory is there. */
  say(): void {
    this.calls.push("said");
    this.#isMapped = true;
    for (const { resolve } of this.#say.splice(0)) resolve();
  }

  /** Lets `mapAsync` fail. */
  fail(): void {
    for (const { reject } of this.#say.splice(0)) reject(new Error("lost"));
  }

  unmap(): void {
    this.#isMapped = false;
  }
}

/** Maps once, and waits for it as everybody does. */
async function mapFirst(mapper: Mapper, buffer: FakeBuffer): Promise<void> {
  const mapped = mapper.map(buffer as unknown as GPUBuffer, 8);
  buffer.say();
  assertEquals((await mapped).byteLength, 8);
  assertEquals(buffer.calls.splice(0), ["map 1 0 8", "said", "range 0 8"]);
  buffer.unmap();
}

describe("mapping", () => {
  it("reads what is there before that is said, but not the first time", async () => {
    const buffer = new FakeBuffer(true);
    const mapper = new Mapper(true);
    await mapFirst(mapper, buffer);
    const mapped = mapper.map(buffer as unknown as GPUBuffer, 4);
    assertEquals((await mapped).byteLength, 4);
    assertEquals(buffer.calls, ["map 1 0 4", "range 0 4"]);
    // Nobody waits for it any more.
    buffer.fail();
  });

  it("waits where memory is not there before that is said", async () => {
    const buffer = new FakeBuffer(false);
    const mapper = new Mapper(true);
    await mapFirst(mapper, buffer);
    const mapped = mapper.map(buffer as unknown as GPUBuffer, 4);
    buffer.say();
    assertEquals((await mapped).byteLength, 4);
    const looks = ["map 1 0 4", "range 0 4", "said", "range 0 4"];
    assertEquals(buffer.calls, looks);
  });

  it("does not look ahead in other runtimes", async () => {
    const buffer = new FakeBuffer(true);
    const mapper = new Mapper(false);
    await mapFirst(mapper, buffer);
    await mapFirst(mapper, buffer);
  });

  it("fails as mapping does", async () => {
    const buffer = new FakeBuffer(false);
    const mapped = new Mapper(true).map(buffer as unknown as GPUBuffer, 4);
    buffer.fail();
    await assertRejects(() => mapped, Error, "lost");
  });
});
