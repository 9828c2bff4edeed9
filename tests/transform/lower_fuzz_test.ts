import { test } from "node:test";
import { allocate } from "../../src/base/dtype.ts";
import { range, sameShape } from "../../src/base/shape.ts";
import { HostStorage } from "../../src/device/device.ts";
import { formatPlan } from "../../src/device/format_plan.ts";
import { openReference } from "../../src/device/reference/mod.ts";
import { formatProgram } from "../../src/ir/print.ts";
import { isNode, type Node, type Program } from "../../src/ir/program.ts";
import { lower } from "../../src/transform/lower/lower.ts";
import { checkPlan } from "../support/check_plan.ts";
import { Dice } from "../support/dice.ts";
import { type Elements, evaluate } from "../support/evaluate.ts";
import { randomInputs, randomProgram } from "../support/random_program.ts";
import { squareProgram } from "../support/square_program.ts";

const device = openReference();

/** Lowers and runs; the plan must also obey the rules of Plans. */
function run(
  program: Program,
  donate: ReadonlyMap<number, number>,
  args: readonly Elements[],
): { outputs: Elements[]; text: string } {
  const plan = lower(program, { donate });
  const text = formatPlan(plan);
  try {
    checkPlan(plan);
  } catch (error) {
    throw new Error(`${error}\n${formatProgram(program)}\n${text}`);
  }
  const storages = args.map((x, i) => {
    const data = allocate(program.avals[program.inputs[i]].dtype, x.length);
    data.set(x);
    return new HostStorage(data);
  });
  const outputs = device.compile(plan).run(storages)
    .map((storage) => [...storage.readSync()]);
  return { outputs, text };
}

function assertClose(
  actual: readonly Elements[],
  expected: readonly Elements[],
  context: () => string,
): void {
  expected.forEach((values, j) => {
    values.forEach((value, i) => {
      const given = actual[j][i];
      const close = Object.is(given, value) || given === value ||
        Math.abs(given - value) <= 1e-5 * (1 + Math.abs(value)) ||
        Number.isNaN(given) && Number.isNaN(value);
      if (!close || actual[j].length !== values.length) {
        throw new Error(
          `output ${j}, element ${i}: ${given}, expected ${value}\n${context()}`,
        );
      }
    });
  });
}

/** Outputs that fit inputs, some of them donated: swaps, views, updates. */
function withDonation(program: Program, dice: Dice) {
  const outputs = [...program.outputs];
  const donate = new Map<number, number>();
  program.inputs.forEach((id, input) => {
    if (dice.next() < 0.3) return;
    const { dtype, shape } = program.avals[id];
    const fitting = range(program.avals.length).filter((v) =>
      program.avals[v].dtype === dtype &&
      sameShape(program.avals[v].shape, shape) &&
      (dice.next() < 0.7 || program.inputs.includes(v))
    );
    if (fitting.length === 0) return;
    donate.set(outputs.push(dice.of(fitting)) - 1, input);
  });
  return { program: { ...program, outputs }, donate };
}

/** Gives scans more carries than the generator does: swaps of carries. */
function withSwaps(program: Program, dice: Dice): Program {
  const nodes = program.nodes.map((node) => {
    if (isNode(node, "while") && dice.next() < 0.5) return swapTurns(node);
    if (!isNode(node, "scan") || dice.next() < 0.5) return node;
    const { body, constants } = node.params;
    const [a, b] = body.inputs.slice(constants, constants + 2);
    const { dtype, shape } = body.avals[a];
    const same = dtype === body.avals[b].dtype &&
      sameShape(shape, body.avals[b].shape);
    if (!same) return node;
    const [p, q, ...rest] = body.outputs;
    const carries = dice.of([[b, a], [b, p], [q, a]]);
    const outputs = [...carries, ...rest];
    return { ...node, params: { ...node.params, body: { ...body, outputs } } };
  });
  return { ...program, nodes };
}

/** The loop, whose last two carries change places in each turn. */
function swapTurns(node: Node<"while">): Node {
  const { body, constants } = node.params;
  const [, a, b] = body.inputs.slice(constants);
  const { dtype, shape } = body.avals[a];
  const same = dtype === body.avals[b].dtype &&
    sameShape(shape, body.avals[b].shape);
  if (!same) return node;
  const outputs = [body.outputs[0], b, a];
  return { ...node, params: { ...node.params, body: { ...body, outputs } } };
}

function check(
  seed: number,
  program: Program,
  donate: ReadonlyMap<number, number>,
): void {
  const args = randomInputs(program, seed);
  const expected = evaluate(program, args);
  const { outputs, text } = run(program, donate, args);
  assertClose(
    outputs,
    expected,
    () =>
      `seed ${seed}, donated ${JSON.stringify([...donate])}\n` +
      `${formatProgram(program)}\n${text}`,
  );
}

test("plans of random programs compute what the programs say", () => {
  for (let seed = 1; seed <= 300; seed++) {
    const dice = new Dice(seed + 0.25);
    const grown = withSwaps(randomProgram(seed, 5 + seed % 40), dice);
    const { program, donate } = withDonation(grown, dice);
    check(seed, program, donate);
  }
});

test("so do plans where everything could be fused or overwritten", () => {
  for (let seed = 1; seed <= 400; seed++) {
    const dice = new Dice(seed);
    const count = 1 + dice.below(4);
    const program = squareProgram(dice, 2 + seed % 30, count);
    const inputs = dice.shuffled(range(count));
    const pairs = inputs.map((input, output) => [output, input] as const);
    check(seed, program, new Map(pairs.filter(() => dice.next() < 0.7)));
  }
});
