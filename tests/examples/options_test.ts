import { describe, it } from "node:test";
import { assertEquals } from "@std/assert";
import { parseOptions } from "../../examples/support/options.ts";

describe("the flags of the two-moons example", () => {
  it("has defaults", () => {
    assertEquals(parseOptions([]), {
      options: {
        epochs: 8,
        seed: 0,
        batchSize: 32,
        T: 8,
        lrH: 0.01,
        device: "wasm",
        plot: null,
      },
      problems: [],
      help: false,
    });
  });

  it("reads every flag", () => {
    const args = "--epochs 3 --seed=7 --batch 64 --T 4 --lr-h 5e-3 " +
      "--device reference --plot a.svg";
    assertEquals(parseOptions(args.split(" ")).options, {
      epochs: 3,
      seed: 7,
      batchSize: 64,
      T: 4,
      lrH: 0.005,
      device: "reference",
      plot: "a.svg",
    });
  });

  it("names the picture, and is quick unless told otherwise", () => {
    const { options, problems } = parseOptions(["--plot", "--quick"]);
    assertEquals([options.plot, options.epochs], ["moons.svg", 1]);
    assertEquals(problems, []);
    const args = ["--quick", "--epochs", "2"];
    assertEquals(parseOptions(args).options.epochs, 2);
  });

  it("tells everything that is wrong", () => {
    const args = "--epochs 1.5 --batch 0 --lr-h nan --T --device gpu --x 1 y";
    assertEquals(parseOptions(args.split(" ")).problems, [
      "unknown argument --x",
      "unknown argument y",
      '--device is "gpu", expected one of auto, wasm, webgpu, reference',
      '--epochs is "1.5", expected a whole number from 1',
      '--batch is "0", expected a whole number from 1 to 512',
      '--T is "", expected a whole number from 0 to 1000',
      '--lr-h is "nan", expected a number above 0',
    ]);
  });
});
