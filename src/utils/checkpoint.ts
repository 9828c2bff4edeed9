/**
 * Checkpoints: all that a training run is made of in one file, so that it goes
 * on later as if it had never stopped.
 *
 * @module
 */
import { TreeError } from "../base/errors.ts";
import { readBytes, writeBytes } from "../base/files.ts";
import type { NpyArray } from "../base/npy.ts";
import { decodeNpz, encodeNpz } from "../base/npz.ts";
import { isPlainObject, partsOf } from "../base/tree.ts";
import { BaseParam, DynamicParam, StaticParam } from "../core/mod.ts";
import { Tensor } from "../numpy/mod.ts";
import { fromJson, type Json, Mismatch, toJson } from "./checkpoint_values.ts";
import { Optim } from "./optim.ts";
import type { GradientTransformation } from "../optim/mod.ts";

/** The entry that says what the arrays are, and holds what is no array. */
const INDEX = "checkpoint.json";
const VERSION = 1;

interface Index {
  readonly version: number;
  /** The values of params and of places in lists and objects, by path. */
  readonly values: { readonly [path: string]: Json };
  /** The targets of optimizers, by path. */
  readonly targets: { readonly [path: string]: string | null };
}

/** Somewhere in a tree that a value can be taken from and put to. */
interface Place {
  readonly path: string;
  get(): unknown;
  set(value: unknown): void;
}

/** What a tree holds that a checkpoint keeps. */
interface Contents {
  readonly places: readonly Place[];
  readonly optims: ReadonlyMap<string, Optim>;
}

/**
 * Everything that changes during training as the bytes of an .npz file: the
 * values of all params (tensors, null, numbers, dictionaries, the states of
 * optimizers), and the numbers, strings, booleans and tensors of the lists and
 * objects around the modules. What is shared is kept once.
 *
 * @param tree Modules, optimizers, generators and numbers, in an object.
 * @throws {TreeError} If a param holds something that no file can, such as a
 * function.
 */
export async function encodeCheckpoint(
  tree: unknown,
): Promise<Uint8Array<ArrayBuffer>> {
  const { places, optims } = contentsOf("save", tree);
  const arrays = new Map<string, NpyArray>();
  const values: Record<string, Json> = {};
  for (const place of places) {
    values[place.path] = await toJson(place.get(), place.path, arrays);
  }
  const targets = Object.fromEntries(
    [...optims].map(([path, optim]) => [path, optim.targets.get()]),
  );
  const index: Index = { version: VERSION, values, targets };
  const text = new TextEncoder().encode(JSON.stringify(index));
  return await encodeNpz(arrays, [[INDEX, text]]);
}

/**
 * Gives a tree the values of {@link encodeCheckpoint}. Everything is checked
 * first: if this throws, the tree is as it was. A param that is null takes what
 * the file has; an optimizer without targets takes those of the file.
 *
 * @param tree A tree that was made like the saved one.
 * @returns The tree given, changed.
 * @throws {TreeError} If the bytes are no whole checkpoint, or of another tree:
 * the message lists what the file lacks, what the tree lacks, and what has
 * another shape or kind.
 */
export async function decodeCheckpoint<T>(
  tree: T,
  bytes: Uint8Array,
): Promise<T> {
  return await decodeFrom("the bytes given", tree, bytes);
}

/**
 * Saves a whole training run in a file, an .npz; an existing one is replaced in
 * one piece, so that a program may be killed at any time.
 *
 * @example
 * ```ts ignore
 * const run = { model, optimW, optimH, rkg: px.RKG, step };
 * await pxu.saveCheckpoint("run", run); // run.npz
 * // In a new program, with a new model and new optimizers:
 * const { step } = await pxu.loadCheckpoint("run", {
 *   model, optimW, optimH, rkg: px.RKG, step: 0,
 * });
 * ```
 * @param path Where; `.npz` is appended unless it is there.
 * @param tree As for {@link encodeCheckpoint}.
 * @throws {TreeError} As `encodeCheckpoint`, or if the file cannot be written.
 * @throws {DeviceError} In a browser, which has no files: use
 * `encodeCheckpoint`.
 */
export async function saveCheckpoint(
  path: string,
  tree: unknown,
): Promise<void> {
  const file = fileName(path);
  await writeBytes(
    file,
    await encodeCheckpoint(tree),
    `save a checkpoint in ${file}`,
    "encodeCheckpoint(tree), and store the bytes",
  );
}

/**
 * Gives a tree the values of a file of {@link saveCheckpoint}, with the checks
 * of {@link decodeCheckpoint}. Training goes on bit by bit as it would have.
 *
 * @param path Where; `.npz` is appended unless it is there.
 * @param tree A tree that was made like the saved one.
 * @returns The tree given, changed.
 * @throws {TreeError} As `decodeCheckpoint`, or if the file cannot be read.
 * @throws {DeviceError} In a browser, which has no files: use
 * `decodeCheckpoint`.
 */
export async function loadCheckpoint<T>(path: string, tree: T): Promise<T> {
  const file = fileName(path);
  const bytes = await readBytes(
    file,
    `load a checkpoint from ${file}`,
    "decodeCheckpoint(tree, bytes), with bytes made by encodeCheckpoint",
  );
  return await decodeFrom(file, tree, bytes);
}

async function decodeFrom<T>(
  file: string,
  tree: T,
  bytes: Uint8Array,
): Promise<T> {
  const { places, optims } = contentsOf("load", tree);
  const arrays = await decodeNpz(bytes, file);
  const { values, targets } = readIndex(arrays.other(INDEX), file);
  const problems: string[] = [];
  const changes: (readonly [Place, unknown])[] = [];
  for (const place of places) {
    const { path } = place;
    if (!Object.hasOwn(values, path)) {
      problems.push(`the file has no ${path}`);
      continue;
    }
    try {
      const value = fromJson(values[path], place.get(), path, arrays, file);
      changes.push([place, value]);
    } catch (error) {
      if (!(error instanceof Mismatch)) throw error;
      problems.push(error.message);
    }
  }
  const known = new Set(places.map(({ path }) => path));
  for (const path of Object.keys(values)) {
    if (!known.has(path)) problems.push(`the tree has no ${path}`);
  }
  for (const [path, optim] of optims) {
    const own = optim.targets.get();
    const saved = targets[path] ?? null;
    if (own !== null && saved !== null && own !== saved) {
      problems.push(`the optimizer ${path} has other targets`);
    }
  }
  if (problems.length > 0) {
    throw new TreeError(
      `Cannot load a checkpoint from ${file}: ${problems.join("; ")}, ` +
        "expected a tree made like the saved one: build it with the same " +
        "sizes, names and optimizers",
    );
  }
  // What a user's function makes comes first, since it may throw.
  const resumed = [...optims].map(([path, optim]) => {
    const saved = targets[path] ?? null;
    const own = optim.transformation.get();
    const made = saved === null ? own : own ?? makeTransformation(optim);
    return [optim, saved, made] as const;
  });
  for (const [optim, targets, transformation] of resumed) {
    optim.transformation.set(transformation);
    optim.targets.set(targets);
  }
  for (const [place, value] of changes) place.set(value);
  return tree;
}

/** The transformation of an optimizer that was not initialized. */
function makeTransformation(optim: Optim): GradientTransformation {
  const source = optim.optax.get();
  return typeof source === "function" ? source() : source;
}

function readIndex(bytes: Uint8Array | undefined, file: string): Index {
  if (bytes === undefined) {
    throw new TreeError(
      `Cannot load a checkpoint from ${file}: it has no ${INDEX}, expected a ` +
        "file of saveCheckpoint: load a file of saveParams with loadParams",
    );
  }
  let index: Partial<Index> | null = null;
  try {
    index = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    // What is no JSON has no version either.
  }
  if (index?.version === VERSION && index.values && index.targets) {
    return index as Index;
  }
  throw new TreeError(
    `Cannot load a checkpoint from ${file}: its ${INDEX} has the version ` +
      `${index?.version}, expected ${VERSION}: use the release that saved it`,
  );
}

/** All params, each once, and the plain values outside of modules. */
function contentsOf(action: string, tree: unknown): Contents {
  const places: Place[] = [];
  const optims = new Map<string, Optim>();
  const seen = new Set<unknown>();
  const visit = (x: unknown, path: string): void => {
    if (x === null || typeof x !== "object" && typeof x !== "function") return;
    if (x instanceof StaticParam || seen.has(x)) return;
    seen.add(x);
    if (x instanceof BaseParam) {
      places.push({
        path,
        get: () => x instanceof DynamicParam ? DynamicParam.peek(x) : x.get(),
        set: (value) => x.set(value),
      });
      return;
    }
    if (x instanceof Optim) optims.set(path, x);
    const plain = Array.isArray(x) || isPlainObject(x);
    const names = Array.isArray(x) ? [...x.keys()] : Object.keys(x).sort();
    const parts = partsOf(x);
    parts?.children.forEach((child, i) => {
      const below = path + parts.key(i);
      const holder = x as unknown as Record<string | number, unknown>;
      if (plain && isValue(child)) {
        places.push({
          path: below,
          get: () => child,
          set: (value) => holder[names[i]] = value,
        });
      } else if (plain && partsOf(child) === null) {
        throw new TreeError(
          `Cannot ${action} a checkpoint: ${below} is a ${nameOf(child)}, ` +
            "expected modules, params, tensors, numbers, strings or " +
            "booleans: leave it out, as its state would be lost",
          below,
        );
      } else visit(child, below);
    });
  };
  visit(tree, "");
  if (places.length > 0) return { places, optims };
  throw new TreeError(
    `Cannot ${action} a checkpoint: the tree given holds no params and no ` +
      "values, expected some: give an object such as { model, optim, step }",
  );
}

function nameOf(x: unknown): string {
  return typeof x === "object" ? x!.constructor.name : typeof x;
}

function isValue(x: unknown): boolean {
  return x instanceof Tensor ||
    ["number", "string", "boolean"].includes(typeof x);
}

function fileName(path: string): string {
  return path.endsWith(".npz") ? path : `${path}.npz`;
}
