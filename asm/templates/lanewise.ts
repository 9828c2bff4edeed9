/**
 * AssemblyScript source of the functions that go lane by lane through
 * `kernels/scalar_math.ts`: vectors in, a vector out, for generated code to
 * call.
 */

/** Types of the operands, then of the result. */
const FUNCTIONS: Readonly<Record<string, readonly string[]>> = {
  u_sin: ["f32", "f32"],
  u_cos: ["f32", "f32"],
  u_tan: ["f32", "f32"],
  u_erfinv: ["f32", "f32"],
  b_pow: ["f32", "f32", "f32"],
  b_rem: ["f32", "f32", "f32"],
  b_atan2: ["f32", "f32", "f32"],
  b_div_i32: ["i32", "i32", "i32"],
  b_rem_i32: ["i32", "i32", "i32"],
  b_pow_i32: ["i32", "i32", "i32"],
  b_div_u32: ["u32", "u32", "u32"],
  b_rem_u32: ["u32", "u32", "u32"],
  b_shl: ["u32", "u32", "u32"],
  b_shr_s: ["i32", "u32", "i32"],
  b_shr_u: ["u32", "u32", "u32"],
};

const SHAPES: Readonly<Record<string, string>> = {
  f32: "f32x4",
  i32: "i32x4",
  u32: "i32x4",
};

function lanewise(name: string, types: readonly string[]): string {
  const operands = types.slice(0, -1).map((type, i) => ({
    type,
    name: "xy"[i],
  }));
  const shape = SHAPES[types[types.length - 1]];
  const lane = (i: number) => {
    const args = operands.map((x) =>
      `<${x.type}> ${SHAPES[x.type]}.extract_lane(${x.name}, ${i})`
    );
    return `scalar.${name.slice(2)}(${args.join(", ")})`;
  };
  const parameters = operands.map((x) => `${x.name}: v128`);
  return `
export function ${name}(${parameters.join(", ")}): v128 {
  let out = ${shape}.splat(${lane(0)});
  out = ${shape}.replace_lane(out, 1, ${lane(1)});
  out = ${shape}.replace_lane(out, 2, ${lane(2)});
  return ${shape}.replace_lane(out, 3, ${lane(3)});
}
`;
}

/** Source of `lanewise.ts`. */
export function lanewiseSource(): string {
  return [
    `import * as scalar from "./scalar_math";\n`,
    ...Object.entries(FUNCTIONS).map(([name, types]) => lanewise(name, types)),
  ].join("");
}
