/**
 * The binary files of CIFAR-10 and CIFAR-100: per image its labels, then 1024
 * bytes each of red, green and blue.
 *
 * @module
 */
import { bytesOf, nameOf, refuse, type Source } from "./sources.ts";
import { hostTensor, type Samples } from "./tensors.ts";

const [CHANNELS, SIZE] = [3, 32];
const PIXELS = CHANNELS * SIZE * SIZE;

/** Which CIFAR it is. */
export interface CifarOptions {
  /** 10, by default, or 100, of which each image has two labels. */
  readonly classes?: 10 | 100;
  /** Of CIFAR-100: give the 20 coarse classes? By default, the 100 fine ones. */
  readonly coarse?: boolean;
}

/**
 * Reads a binary file of CIFAR-10 or CIFAR-100, such as `data_batch_1.bin`.
 *
 * @param source Bytes, or a path or web address.
 * @returns Images f32[n, 3, 32, 32] from 0 to 1, and classes i32[n].
 * @throws {TreeError} If it is no such file, or not a whole one.
 */
export async function loadCifar(
  source: Source,
  options: CifarOptions = {},
): Promise<Samples> {
  const { classes = 10, coarse = false } = options;
  const kind = `a file of CIFAR-${classes}`;
  if (classes !== 10 && classes !== 100) {
    refuse(kind, `${classes} classes were asked for`, "10 or 100", "say which");
  }
  const bytes = await bytesOf(source, kind);
  const what = nameOf(source, kind);
  const labels = classes === 10 ? 1 : 2;
  const record = labels + PIXELS;
  if (bytes.length === 0 || bytes.length % record !== 0) {
    refuse(
      what,
      `it has ${bytes.length} bytes`,
      `a multiple of ${record}`,
      "it is incomplete, of another kind, or still in its archive",
    );
  }
  const count = bytes.length / record;
  const x = new Float32Array(count * PIXELS);
  const y = new Int32Array(count);
  const most = classes === 100 && coarse ? 20 : classes;
  for (let i = 0; i < count; i++) {
    const at = i * record;
    y[i] = bytes[at + (labels === 2 && !coarse ? 1 : 0)];
    if (y[i] >= most) {
      refuse(
        what,
        `image ${i} has the label ${y[i]}`,
        `one below ${most}`,
        "check that it is this kind of file",
      );
    }
    for (let p = 0; p < PIXELS; p++) {
      x[i * PIXELS + p] = bytes[at + labels + p] / 255;
    }
  }
  return [
    hostTensor("f32", [count, CHANNELS, SIZE, SIZE], x),
    hostTensor("i32", [count], y),
  ];
}
