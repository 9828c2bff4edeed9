/** Readers of data files, on bytes: what they give, and what they refuse. */
import { describe, it } from "node:test";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ShapeError, TreeError } from "../../src/base/errors.ts";
import { encodeNpy } from "../../src/base/npy.ts";
import { encodeNpz } from "../../src/base/npz.ts";
import {
  loadCifar,
  loadCsv,
  loadIdx,
  loadMnist,
  loadNpy,
  loadNpz,
  prefetch,
  progress,
  trainTestSplit,
} from "../../src/data/mod.ts";
import { arange, ones } from "../../src/numpy/mod.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);

async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream()
    .pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function refuses(run: () => Promise<unknown>, text: string) {
  const error = await assertRejects(run, TreeError);
  assertEquals(error.message, text);
}

describe("IDX", () => {
  const images = Uint8Array.of(
    ...[0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3],
    ...[0, 51, 255, 102, 0, 153],
  );
  const labels = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 7, 9);
  it("gives images from 0 to 1 and labels, packed or not", async () => {
    for (const file of [images, await gzip(images)]) {
      const [x, y] = await loadMnist(file, labels);
      assertEquals([x.dtype, x.shape], ["f32", [2, 1, 3]]);
      const expected = [0, 0.2, 1, 0.4, 0, 0.6].map(Math.fround);
      assertEquals([...x.dataSync()], expected);
      assertEquals([y.dtype, y.toArray()], ["i32", [7, 9]]);
    }
  });
  it("reads every type, in big-endian order", async () => {
    const cases: [number, number[], number[]][] = [
      [8, [200], [200]],
      [9, [200], [-56]],
      [0x0b, [255, 254], [-2]],
      [0x0c, [0, 0, 1, 2], [258]],
      [0x0d, [0x3f, 0xc0, 0, 0], [1.5]],
      [0x0e, [0xc0, 0, 0, 0, 0, 0, 0, 0], [-2]],
    ];
    for (const [type, bytes, values] of cases) {
      const file = Uint8Array.of(0, 0, type, 1, 0, 0, 0, 1, ...bytes);
      assertEquals((await loadIdx(file)).toArray(), values);
    }
  });
  it("refuses foreign and truncated files", async () => {
    await refuses(
      () => loadIdx(utf8("PK..")),
      "Cannot read an IDX file: it starts with the bytes 50 4b 2e 2e, expected " +
        "0 0, a type from 8 to e, and a rank: check that it is one of MNIST's " +
        "files",
    );
    await refuses(
      () => loadIdx(new Uint8Array()),
      "Cannot read an IDX file: it starts with the bytes of an empty file, " +
        "expected 0 0, a type from 8 to e, and a rank: check that it is one of " +
        "MNIST's files",
    );
    await refuses(
      () => loadIdx(images.subarray(0, 10)),
      "Cannot read an IDX file: it ends within its sizes, expected a whole " +
        "file: copy it again",
    );
    await refuses(
      () => loadIdx(images.subarray(0, 20)),
      "Cannot read an IDX file: it has 4 bytes of data, expected 6 for " +
        "[2,1,3]: the file is damaged or incomplete, copy it again",
    );
    const packed = await gzip(images);
    await refuses(
      () => loadIdx(packed.subarray(0, packed.length - 6)),
      "Cannot read an IDX file: it ends within its gzip data, or they are " +
        "damaged, expected a whole file: copy it again",
    );
    await refuses(
      () => loadMnist(labels, images),
      "Cannot read MNIST: the files have i32[2] and i32[2,1,3], expected " +
        "images i32[n,height,width] and labels i32[n]: give the file of images " +
        "first, and that of its labels",
    );
  });
});

describe("CIFAR", () => {
  const image = (labels: number[], value: number) =>
    Uint8Array.from(
      { length: labels.length + 3072 },
      (_, i) => labels[i] ?? value,
    );
  it("gives images and labels of both kinds", async () => {
    const ten = new Uint8Array([...image([3], 255), ...image([9], 0)]);
    const [x, y] = await loadCifar(ten);
    assertEquals([x.shape, y.toArray()], [[2, 3, 32, 32], [3, 9]]);
    assertEquals(x.mean([1, 2, 3]).toArray(), [1, 0]);
    const hundred = image([4, 77], 51);
    const [, fine] = await loadCifar(hundred, { classes: 100 });
    assertEquals(fine.toArray(), [77]);
    const [, coarse] = await loadCifar(hundred, { classes: 100, coarse: true });
    assertEquals(coarse.toArray(), [4]);
  });
  it("refuses what is not whole or of the other kind", async () => {
    await refuses(
      () => loadCifar(new Uint8Array(100)),
      "Cannot read a file of CIFAR-10: it has 100 bytes, expected a multiple " +
        "of 3073: it is incomplete, of another kind, or still in its archive",
    );
    await refuses(
      () => loadCifar(image([12], 0)),
      "Cannot read a file of CIFAR-10: image 0 has the label 12, expected one " +
        "below 10: check that it is this kind of file",
    );
    await refuses(
      () => loadCifar(image([1], 0), { classes: 20 as 10 }),
      "Cannot read a file of CIFAR-20: 20 classes were asked for, expected 10 " +
        "or 100: say which",
    );
  });
});

describe("CSV", () => {
  it("gives numbers, and labels by class", async () => {
    const text = 'a,kind,b\r\n1,"cat, big",2\n\n-3e1,"a ""dog""",0.5\n' +
      '4,"cat, big",5';
    const { x, y, columns, classes } = await loadCsv(utf8(text), {
      label: "kind",
    });
    assertEquals(x.toArray(), [[1, 2], [-30, 0.5], [4, 5]]);
    assertEquals(columns, ["a", "b"]);
    assertEquals(classes, ['a "dog"', "cat, big"]);
    assertEquals(y!.toArray(), [1, 0, 1]);
  });
  it("takes columns by index, without a header, and sorts numbers", async () => {
    const options = { header: false, delimiter: ";", label: 2, columns: [1] };
    const table = await loadCsv(utf8("1;2;10\n3;4;9\n"), options);
    assertEquals(table.x.toArray(), [[2], [4]]);
    assertEquals([table.classes, table.y!.toArray()], [["9", "10"], [1, 0]]);
    assertEquals((await loadCsv(utf8("x\n1\n"))).y, null);
  });
  it("refuses what is no table", async () => {
    await refuses(
      () => loadCsv(utf8("a,b\n1,2\n3\n")),
      "Cannot read a CSV file: row 3 has 1 values, expected 2, as the first: " +
        "check the row, or name the delimiter",
    );
    await refuses(
      () => loadCsv(utf8("a,b\n1,x\n")),
      'Cannot read a CSV file: row 2 has "x" for "b", expected a number: ' +
        "leave the column out, or name it as the label",
    );
    await refuses(
      () => loadCsv(utf8("a,b\n1,2\n"), { label: "c" }),
      'Cannot read a CSV file: there is no column "c", expected one of a, b: ' +
        "name another",
    );
    await refuses(
      () => loadCsv(utf8("a,b\n")),
      "Cannot read a CSV file: it has no rows, expected some: check the file",
    );
    await refuses(
      () => loadCsv(utf8('a\n"1')),
      "Cannot read a CSV file: it ends within quotes, expected a closing " +
        "quote: copy it again",
    );
    await refuses(
      () => loadCsv(utf8("a\n1"), { delimiter: ", " }),
      'Cannot read a CSV file: the delimiter is ", ", expected one character ' +
        'such as ",", ";" or "\\t"',
    );
  });
});

describe("files of numpy", () => {
  const array = {
    dtype: "f8" as const,
    shape: [2, 2],
    data: Float64Array.of(1, 2, 3, 0.1),
  };
  it("become tensors", async () => {
    const x = await loadNpy(encodeNpy(array));
    assertEquals([x.dtype, x.shape], ["f32", [2, 2]]);
    assertEquals([...x.dataSync()], [1, 2, 3, Math.fround(0.1)]);
    const flags = {
      dtype: "b1" as const,
      shape: [2],
      data: Uint8Array.of(1, 0),
    };
    const all = await loadNpz(
      await encodeNpz(
        new Map<string, typeof array | typeof flags>([
          ["x", array],
          ["flags", flags],
        ]),
      ),
    );
    assertEquals(Object.keys(all), ["x", "flags"]);
    assertEquals([all.flags.dtype, all.flags.toArray()], [
      "bool",
      [true, false],
    ]);
  });
  it("are refused where integers do not fit", async () => {
    const file = encodeNpy({
      dtype: "i8",
      shape: [1],
      data: BigInt64Array.of(2n ** 40n),
    });
    await refuses(
      () => loadNpy(file),
      "Cannot read an .npy file: it has the number 1099511627776, expected " +
        "numbers that fit i32: convert it with .astype(...)",
    );
  });
});

describe("trainTestSplit()", () => {
  it("is scikit-learn's", () => {
    const [train, test] = trainTestSplit(arange(10), arange(10).mul(2));
    assertEquals(test[0].toArray(), [2, 8, 4]);
    assertEquals(train[0].toArray(), [9, 1, 6, 7, 3, 0, 5]);
    assertEquals(test[1].toArray(), [4, 16, 8]);
  });
  it("refuses to leave nothing", () => {
    assertThrows(
      () => trainTestSplit(ones([4]), ones([4]), { testSize: 4 }),
      ShapeError,
      "Cannot split 4 samples: testSize is 4, expected a number that leaves " +
        "some on both sides",
    );
    assertThrows(
      () => trainTestSplit(ones([4]), ones([3])),
      ShapeError,
      "Cannot split: x is f32[4] and y f32[3], expected equal sizes on axis 0",
    );
  });
});

describe("prefetch()", () => {
  it("has the next items on their way", async () => {
    const asked: number[] = [];
    async function* source() {
      for (let i = 0; i < 5; i++) {
        asked.push(i);
        yield await Promise.resolve(i);
      }
    }
    const got: number[] = [];
    for await (const item of prefetch(source(), 2)) {
      got.push(item);
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (got.length === 1) assertEquals(asked, [0, 1, 2]);
    }
    assertEquals(got, [0, 1, 2, 3, 4]);
  });
  it("ends its source when it is left, and passes errors on", async () => {
    let ended = false;
    function* source() {
      try {
        yield 1;
        yield 2;
        throw new Error("no more");
      } finally {
        ended = true;
      }
    }
    for await (const item of prefetch(source())) {
      assertEquals(item, 1);
      break;
    }
    assert(ended);
    const got: number[] = [];
    await assertRejects(
      async () => {
        for await (const item of prefetch(source())) got.push(item);
      },
      Error,
      "no more",
    );
    assertEquals(got, [1, 2]);
    await assertRejects(
      () => prefetch([1], 0).next(),
      ShapeError,
      "Cannot prefetch: 0 items were asked for, expected a whole number from 1",
    );
  });
});

describe("progress()", () => {
  it("tells how far it is", () => {
    const lines: string[] = [];
    const write = (line: string) => void lines.push(line);
    const options = { label: "epoch 1", write, every: 2 };
    assertEquals([...progress([1, 2, 3], options)], [1, 2, 3]);
    assertEquals(lines.map((line) => line.split(",")[0]), [
      "epoch 1: 2/3",
      "epoch 1: 3/3",
    ]);
  });
});
