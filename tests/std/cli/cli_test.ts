import { describe, it } from "node:test";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { parseArgs } from "@std/cli/parse-args";
import { ProgressBar } from "@std/cli/unstable-progress-bar";

describe("the stand-in of parseArgs", () => {
  it("reads strings, flags, numbers and positionals", () => {
    const args = parseArgs(
      ["--plot", "a.svg", "--quick", "7", "--epochs=8", "--lr", "-1e-2", "x"],
      { string: ["plot"], boolean: ["quick", "help"] },
    );
    const plot: string | undefined = args.plot;
    const quick: boolean = args.quick;
    assertEquals([plot, quick, args.help], ["a.svg", true, false]);
    assertEquals([args.epochs, args.lr], [8, -0.01]);
    assertEquals(args._, [7, "x"]);
  });

  it("keeps numeric strings, and a missing value is empty or true", () => {
    assertEquals(parseArgs(["--id", "007"], { string: ["id"] }).id, "007");
    assertEquals(parseArgs(["--id"], { string: ["id"] }).id, "");
    assertEquals(parseArgs(["--id"]).id, true);
    assertEquals(parseArgs(["--f=false"], { boolean: ["f"] }).f, false);
  });

  it("fills defaults, aliases, collected and negated names", () => {
    const args = parseArgs(["-e", "3", "--tag=a", "--tag=b", "--no-color"], {
      string: ["tag"],
      boolean: ["color"],
      collect: ["tag", "other"],
      negatable: ["color"],
      default: { epochs: 8, rounds: 5, color: true },
      alias: { epochs: "e" },
    });
    assertEquals([args.epochs, args.e, args.rounds], [3, 3, 5]);
    assertEquals(args.tag, ["a", "b"]);
    assertEquals(args.other, []);
    assertEquals(args.color, false);
  });

  it("groups short flags and stops at --", () => {
    const args = parseArgs(["-abn5", "--", "--c", "1"]);
    assertEquals(
      [args.a, args.b, args.n, args.c],
      [true, true, 5, undefined],
    );
    assertEquals(args._, ["--c", "1"]);
  });

  it("shows what is unknown and leaves it out on false", () => {
    const seen: unknown[] = [];
    const args = parseArgs(["--typo", "1", "--ok=x", "file"], {
      string: ["ok"],
      unknown: (arg, key, value) => {
        seen.push([arg, key, value]);
        return false;
      },
    });
    assertEquals(seen, [["--typo", "typo", 1], ["file", undefined, undefined]]);
    assertEquals({ ...args }, { _: [], ok: "x" });
  });
});

describe("the stand-in of ProgressBar", () => {
  it("prints the start and the end", async () => {
    const chunks: Uint8Array[] = [];
    const writable = new WritableStream<Uint8Array>({
      write: (chunk) => void chunks.push(chunk),
    });
    const bar = new ProgressBar({ max: 4, barLength: 4, writable });
    bar.value = 3;
    await bar.stop();
    const text = chunks.map((c) => new TextDecoder().decode(c)).join("");
    assertStringIncludes(text, "[----] [0/4]");
    assertStringIncludes(text, "[###-] [3/4]\n");
  });
});
