/**
 * AssemblyScript source of the elementwise kernels, from the rows.
 *
 * A loop computes four elements at a time. The last one to three are computed
 * on whatever follows the operands and stored lane by lane.
 */
import { type Constant, ConstantTable } from "./constants.ts";
import { CASTS, UNARY } from "./unary_rows.ts";
import { BINARY, COMPARE, SCALAR_BINARY, SCALAR_UNARY } from "./binary_rows.ts";

interface Loop {
  readonly name: string;
  /** Pointer parameters that advance with the loop. */
  readonly moving: readonly string[];
  /** Parameters in order, without `n` and `out`. */
  readonly pointers: readonly string[];
  /** Statements before the loop. */
  readonly before: readonly string[];
  /** Statements that declare `y`. */
  readonly body: readonly string[];
}

/** Bodies up to this many statements cost no more than a branch. */
const SHORT_BODY = 4;

/**
 * The one exit computes what is left, so a whole last vector is followed by a
 * look at the 16 bytes behind it. It lies outside the loop's path: a call there
 * would spill the hoisted constants.
 */
function vectorLoop(loop: Loop): string {
  const parameters = ["n: i32", ...loop.pointers.map((p) => `${p}: usize`)];
  const advance = [...loop.moving, "out"].map((p) => `${p} += 16;`).join(" ");
  // A long body is not worth computing in vain.
  const long = loop.body.length > SHORT_BODY;
  return `
export function ${loop.name}(${parameters.join(", ")}, out: usize): void {
  ${loop.before.join("\n  ")}
  while (${long ? "n > 0" : "true"}) {
    ${loop.body.join("\n    ")}
    if (n < 4) {
      storeLanes(out, y, n);
      return;
    }
    v128.store(out, y);
    ${advance}
    n -= 4;
  }
}
`;
}

function hoisted(
  table: ConstantTable,
  constants: Readonly<Record<string, Constant>> = {},
): string[] {
  return Object.entries(constants).map(([name, value]) =>
    `const ${name} = ${table.load(value)};`
  );
}

/** The three forms: which operands are arrays. */
const FORMS = { vv: [true, true], vs: [true, false], sv: [false, true] };

function binaryForms(name: string, expression: string): string[] {
  return Object.entries(FORMS).map(([form, [movesA, movesB]]) => {
    const load = (p: string) => `const ${p.toUpperCase()} = v128.load(${p});`;
    const splat = (p: string) =>
      `const ${p.toUpperCase()} = v128.load32_splat(${p});`;
    return vectorLoop({
      name: `${name}_${form}`,
      pointers: ["a", "b"],
      moving: [...(movesA ? ["a"] : []), ...(movesB ? ["b"] : [])],
      before: [
        ...(movesA ? [] : [splat("a")]),
        ...(movesB ? [] : [splat("b")]),
      ],
      body: [
        ...(movesA ? [load("a")] : []),
        ...(movesB ? [load("b")] : []),
        `const y = ${expression};`,
      ],
    });
  });
}

/** Form with the operands exchanged. */
const EXCHANGED = { vv: "vv", vs: "sv", sv: "vs" } as const;

/** `name_form` as `of` with its operands exchanged. */
function exchanged(name: string, of: string, form: keyof typeof FORMS): string {
  return `
export function ${name}_${form}(n: i32, a: usize, b: usize, out: usize): void {
  ${of}_${EXCHANGED[form]}(n, b, a, out);
}
`;
}

/** The forms of an operation whose operands may be exchanged. */
function commutativeForms(name: string, expression: string): string[] {
  const [vv, vs] = binaryForms(name, expression);
  return [vv, vs, exchanged(name, name, "sv")];
}

/** The comparisons: a > b is b < a. */
function compareForms(name: string, mask: string): string[] {
  const lanes = `i32x4.shr_u(${mask}, 31)`;
  if (/^(eq|ne)/.test(name)) return commutativeForms(`c_${name}`, lanes);
  if (/^l/.test(name)) return binaryForms(`c_${name}`, lanes);
  const of = `c_${name.replace("g", "l")}`;
  return (["vv", "vs", "sv"] as const).map((form) =>
    exchanged(`c_${name}`, of, form)
  );
}

function scalarForms(name: string, [a, b, result]: readonly string[]): string {
  const forms = Object.entries(FORMS).map(([form, [movesA, movesB]]) => `
export function b_${name}_${form}(n: i32, a: usize, b: usize, out: usize): void {
  loop_${name}(n, a, ${movesA ? 4 : 0}, b, ${movesB ? 4 : 0}, out);
}
`);
  return `
function loop_${name}(n: i32, a: usize, da: usize, b: usize, db: usize, out: usize): void {
  for (; n > 0; n--) {
    store<${result}>(out, scalar.${name}(load<${a}>(a), load<${b}>(b)));
    a += da;
    b += db;
    out += 4;
  }
}
${forms.join("")}`;
}

function selectForms(): string[] {
  return ["vv", "vs", "sv", "ss"].map((form) => {
    const moves = { a: form[0] === "v", b: form[1] === "v" };
    const fixed = (["a", "b"] as const).filter((p) => !moves[p]);
    const moving = (["a", "b"] as const).filter((p) => moves[p]);
    return vectorLoop({
      name: `select_${form}`,
      pointers: ["condition", "a", "b"],
      moving: ["condition", ...moving],
      before: [
        "const zero = i32x4.splat(0);",
        ...fixed.map((p) =>
          `const ${p.toUpperCase()} = v128.load32_splat(${p});`
        ),
      ],
      body: [
        ...moving.map((p) => `const ${p.toUpperCase()} = v128.load(${p});`),
        "const mask = i32x4.ne(v128.load(condition), zero);",
        "const y = choose(A, B, mask);",
      ],
    });
  });
}

/** Source of `elementwise.ts`. */
export function elementwiseSource(): string {
  const table = new ConstantTable();
  const rows = [
    ...Object.entries(UNARY).map(([name, row]) => [`u_${name}`, row] as const),
    ...Object.entries(CASTS).map(([name, row]) =>
      [`cast_${name}`, row] as const
    ),
  ];
  const unary = rows.map(([name, row]) =>
    vectorLoop({
      name,
      pointers: ["from"],
      moving: ["from"],
      before: [...hoisted(table, row.constants), ...(row.before ?? [])],
      body: ["const x = v128.load(from);", ...row.body],
    })
  );
  const scalarUnary = SCALAR_UNARY.map((name) => `
export function u_${name}(n: i32, from: usize, out: usize): void {
  for (; n > 0; n--) {
    store<f32>(out, scalar.${name}(load<f32>(from)));
    from += 4;
    out += 4;
  }
}
`);
  const binary = Object.entries(BINARY).flatMap(([name, expression]) =>
    /^(sub|div)/.test(name)
      ? binaryForms(`b_${name}`, expression)
      : commutativeForms(`b_${name}`, expression)
  );
  const compare = Object.entries(COMPARE).flatMap(([name, mask]) =>
    compareForms(name, mask)
  );
  const scalarBinary = Object.entries(SCALAR_BINARY).map(([name, types]) =>
    scalarForms(name, types)
  );
  return [
    `import { choose, madd, nmadd } from "./lanes";\n`,
    `import { storeLanes } from "./words";\n`,
    `import * as scalar from "./scalar_math";\n`,
    table.source(),
    ...unary,
    ...scalarUnary,
    ...binary,
    ...scalarBinary,
    ...compare,
    ...selectForms(),
  ].join("");
}
