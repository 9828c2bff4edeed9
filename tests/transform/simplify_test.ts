import { describe, it } from "node:test";
import { assertEquals } from "@std/assert";
import type { ValueId } from "../../src/ir/program.ts";
import { type Draft, simplified } from "../support/simplified.ts";

type Case = readonly [
  name: string,
  write: (o: Draft) => ValueId | readonly ValueId[],
  expected: readonly string[],
];

function check(family: string, cases: readonly Case[]): void {
  describe(family, () => {
    for (const [name, write, expected] of cases) {
      it(name, () => assertEquals(simplified(write), expected));
    }
  });
}

const X = ["return (a)"];

check("constants fold", [
  ["through broadcasts, with f32 rounding", (o) => {
    const c = o.full({ dtype: "f32", shape: [2, 3] }, 0.1);
    return o.mul(o.add(c, c), o.of(3, c));
  }, ["a:f32[2,3] = broadcast{axes []} 0.6000000238418579", "return (a)"]],
  ["with integer wrap-around", (o) => {
    const c = o.full({ dtype: "i32", shape: [] }, 2 ** 31 - 1);
    return o.add(c, o.of(1, c));
  }, ["return (-2147483648:i32)"]],
  ["in comparisons, casts, bitcasts and affine", (o) => {
    const c = o.full({ dtype: "f32", shape: [] }, 1.5);
    return [
      o.compare("lt", c, o.of(2, c)),
      o.cast(c, "i32"),
      o.bind("bitcast", [c], { dtype: "u32" }),
      o.bind("affine", [c], { scale: 2, shift: 0.25 }),
      o.unary("isnan", c),
    ];
  }, ["return (true 1:i32 1069547520:u32 3.25 false)"]],
  ["through movement", (o) => {
    const c = o.full({ dtype: "f32", shape: [4, 2] }, 7);
    const turned = o.transpose(o.reshape(c, [2, 4]), [1, 0]);
    return o.bind("reverse", [o.sliceAxis(turned, 0, 0, 1)], { axes: [0] });
  }, ["a:f32[1,2] = broadcast{axes []} 7.0", "return (a)"]],
  ["in pads and concats of the same number", (o) => {
    const c = o.full({ dtype: "f32", shape: [2] }, 7);
    const fill = o.full({ dtype: "f32", shape: [] }, 7);
    const wide = o.bind("pad", [c, fill], { lo: [1], hi: [0], inner: [0] });
    return o.bind("concat", [wide, c], { axis: 0 });
  }, ["a:f32[5] = broadcast{axes []} 7.0", "return (a)"]],
  ["in reductions", (o) => {
    const c = o.full({ dtype: "f32", shape: [4, 2] }, 7);
    return [o.sum(c, [0, 1]), o.reduce("max", c, [0, 1])];
  }, ["return (56.0 7.0)"]],
]);

check("identities of arithmetic", [
  ["x + 0, x - 0, x * 1, x / 1", (o) => {
    const x = o.in([3]);
    const zero = o.of(0, x), one = o.of(1, x);
    return o.div(o.mul(one, o.sub(o.add(zero, x), zero)), one);
  }, X],
  ["x * 0 stays: x may be NaN", (o) => {
    const x = o.in([]);
    return o.mul(x, o.of(0, x));
  }, ["b:f32[] = mul a 0.0", "return (b)"]],
  ["an integer times 0, and minus itself", (o) => {
    const x = o.in([], "i32");
    return [o.mul(x, o.of(0, x)), o.sub(x, x)];
  }, ["return (0:i32 0:i32)"]],
  ["x - x of floats stays", (o) => {
    const x = o.in([]);
    return o.sub(x, x);
  }, ["b:f32[] = sub a a", "return (b)"]],
  ["neg(neg(x)), and x * -1 twice", (o) => {
    const x = o.in([]);
    const minus = o.of(-1, x);
    return o.unary("neg", o.unary("neg", o.mul(o.mul(x, minus), minus)));
  }, X],
  ["a + -b and -a + b are differences", (o) => {
    const a = o.in([]), b = o.in([]);
    return [o.add(a, o.unary("neg", b)), o.add(o.unary("neg", a), b)];
  }, ["c:f32[] = sub a b", "d:f32[] = sub b a", "return (c d)"]],
  ["a - -b is a sum", (o) => {
    const a = o.in([]), b = o.in([]);
    return o.sub(a, o.unary("neg", b));
  }, ["c:f32[] = add a b", "return (c)"]],
  ["signs go into constant factors", (o) => {
    const x = o.in([]);
    const half = o.of(0.5, x);
    return [
      o.mul(o.unary("neg", x), half),
      o.unary("neg", o.mul(x, half)),
    ];
  }, ["b:f32[] = mul a -0.5", "return (b b)"]],
  ["factors join where one is a power of two", (o) => {
    const x = o.in([]);
    return o.scale(o.scale(x, 0.25), 3);
  }, ["b:f32[] = mul a 0.75", "return (b)"]],
  ["other factors stay: rounding would differ", (o) => {
    const x = o.in([]);
    return o.scale(o.scale(x, 3), 3);
  }, ["b:f32[] = mul a 3.0", "c:f32[] = mul b 3.0", "return (c)"]],
  ["so do factors whose product is not normal", (o) => {
    const x = o.in([]);
    return o.scale(o.scale(x, 2 ** -100), 2 ** -100);
  }, [
    "b:f32[] = mul a 7.888609052210118e-31",
    "c:f32[] = mul b 7.888609052210118e-31",
    "return (c)",
  ]],
  ["division by a known number is a product", (o) => {
    const x = o.in([]);
    return [o.div(x, o.of(8, x)), o.div(x, o.of(3, x))];
  }, [
    "b:f32[] = mul a 0.125",
    "c:f32[] = mul a 0.3333333432674408",
    "return (b c)",
  ]],
  ["unless its reciprocal is not normal", (o) => {
    const x = o.in([]);
    return [o.div(x, o.of(2 ** 127, x)), o.div(x, o.of(2 ** -140, x))];
  }, [
    "b:f32[] = div a 1.7014118346046923e+38",
    "c:f32[] = div a 7.174648137343064e-43",
    "return (b c)",
  ]],
  ["x * x and pow(x, 2) are the square", (o) => {
    const x = o.in([]);
    return [o.mul(x, x), o.binary("pow", x, o.of(2, x))];
  }, ["b:f32[] = square a", "return (b b)"]],
  ["max(x, x), max(x, -inf), min(x, inf)", (o) => {
    const x = o.in([]);
    const low = o.binary("max", x, o.of(-Infinity, x));
    const high = o.binary("min", low, o.of(Infinity, x));
    return o.binary("max", high, high);
  }, X],
  ["bits and booleans", (o) => {
    const x = o.in([], "bool");
    const yes = o.of(1, x), no = o.of(0, x);
    const same = o.binary("or", o.binary("and", x, yes), no);
    return [same, o.binary("and", x, no), o.binary("xor", x, yes)];
  }, ["b:bool[] = not a", "return (a false b)"]],
  ["abs(neg(x)), floor(floor(x))", (o) => {
    const x = o.in([]);
    const floor = o.unary("floor", x);
    return [o.unary("abs", o.unary("neg", x)), o.unary("floor", floor)];
  }, ["b:f32[] = floor a", "c:f32[] = abs a", "return (c b)"]],
  ["x + x doubles, and joins other factors", (o) => {
    const x = o.in([]);
    const half = o.scale(x, 0.25);
    return o.unary("neg", o.add(half, half));
  }, ["b:f32[] = mul a -0.5", "return (b)"]],
  ["the gradient of a leaky activation is one choice", (o) => {
    const c = o.in([], "bool"), g = o.in([]);
    const zero = o.of(0, g);
    return o.add(o.select(c, g, zero), o.scale(o.select(c, zero, g), 0.01));
  }, [
    "c:f32[] = mul b 0.01",
    "d:f32[] = select a b c",
    "return (d)",
  ]],
  ["choices between unknown numbers are added as they are", (o) => {
    const c = o.in([], "bool"), x = o.in([]), y = o.in([]);
    const k = o.of(3, x);
    return o.add(o.select(c, x, y), o.select(c, k, x));
  }, [
    "d:f32[] = select a b c",
    "e:f32[] = select a 3.0 b",
    "f:f32[] = add d e",
    "return (f)",
  ]],
  ["a known condition, equal branches, a negated condition", (o) => {
    const c = o.in([], "bool"), x = o.in([]), y = o.in([]);
    return [
      o.select(o.of(0, c), x, y),
      o.select(c, x, x),
      o.select(o.unary("not", c), x, y),
    ];
  }, ["d:f32[] = select a c b", "return (c b d)"]],
  ["casts that lose nothing", (o) => {
    const x = o.in([], "i32"), k = o.in([], "bool");
    return [
      o.cast(o.cast(x, "u32"), "i32"),
      o.cast(o.cast(k, "f32"), "i32"),
      o.cast(o.cast(x, "f32"), "i32"),
    ];
  }, [
    "c:i32[] = cast b",
    "d:f32[] = cast a",
    "e:i32[] = cast d",
    "return (a c e)",
  ]],
]);

check("movement", [
  ["that moves nothing", (o) => {
    const x = o.in([2, 3]);
    const fill = o.full({ dtype: "f32", shape: [] }, 0);
    const same = o.bind("pad", [x, fill], {
      lo: [0, 0],
      hi: [0, 0],
      inner: [0, 0],
    });
    const joined = o.bind("concat", [same], { axis: 0 });
    const turned = o.bind("reverse", [joined], { axes: [] });
    const part = o.bind("slice", [turned], {
      start: [0, 0],
      limit: [2, 3],
      stride: [1, 1],
    });
    const cast = o.bind("cast", [part], { dtype: "f32" });
    return o.bind("stopGradient", [cast], {});
  }, X],
  ["reshape of reshape, transpose of transpose", (o) => {
    const x = o.in([2, 6]);
    return [
      o.reshape(o.reshape(x, [12]), [2, 6]),
      o.reshape(o.reshape(x, [12]), [3, 4]),
      o.bind("transpose", [o.bind("transpose", [x], { perm: [1, 0] })], {
        perm: [1, 0],
      }),
    ];
  }, ["b:f32[3,4] = reshape a", "return (a b a)"]],
  ["a transpose of axes of size 1 is a reshape", (o) => {
    const x = o.in([1, 3]);
    return o.transpose(x, [1, 0]);
  }, ["b:f32[3,1] = reshape a", "return (b)"]],
  ["broadcast of a broadcast, with axes of size 1 on the way", (o) => {
    const x = o.in([3]);
    const row = o.broadcast(o.reshape(x, [1, 3]), [1, 4, 3], [0, 2]);
    return o.broadcast(row, [5, 1, 4, 3], [1, 2, 3]);
  }, ["b:f32[5,1,4,3] = broadcast{axes [3]} a", "return (b)"]],
  ["transpose and reverse of a broadcast", (o) => {
    const x = o.in([3]);
    const wide = o.broadcast(x, [2, 3], [1]);
    return [
      o.transpose(wide, [1, 0]),
      o.bind("reverse", [wide], { axes: [0] }),
    ];
  }, [
    "b:f32[2,3] = broadcast{axes [1]} a",
    "c:f32[3,2] = broadcast{axes [0]} a",
    "return (c b)",
  ]],
  ["elementwise before a broadcast or an added axis", (o) => {
    const x = o.in([3]);
    const wide = o.broadcast(x, [2, 3], [1]);
    const y = o.unary("tanh", o.add(wide, o.of(1, wide)));
    const z = o.unary("tanh", o.addNumber(o.reshape(x, [3, 1]), 1));
    return [y, z];
  }, [
    "b:f32[3] = broadcast{axes []} 1.0",
    "c:f32[3] = add a b",
    "d:f32[3] = tanh c",
    "e:f32[2,3] = broadcast{axes [1]} d",
    "f:f32[3,1] = reshape d",
    "return (e f)",
  ]],
]);

check("slices", [
  ["of slices", (o) => {
    const x = o.in([20]);
    const half = o.bind("slice", [x], { start: [2], limit: [20], stride: [2] });
    return o.bind("slice", [half], { start: [1], limit: [9], stride: [3] });
  }, ["b:f32[3] = slice{4:17:6} a", "return (b)"]],
  ["inside one operand of a concat", (o) => {
    const x = o.in([3]), y = o.in([4]);
    const both = o.bind("concat", [x, y], { axis: 0 });
    return [o.sliceAxis(both, 0, 3, 7), o.sliceAxis(both, 0, 0, 2)];
  }, ["c:f32[2] = slice{0:2} a", "return (b c)"]],
  ["inside a pad, inside its margin", (o) => {
    const x = o.in([4]), fill = o.in([]);
    const wide = o.bind("pad", [x, fill], { lo: [3], hi: [2], inner: [0] });
    return [o.sliceAxis(wide, 0, 4, 6), o.sliceAxis(wide, 0, 0, 3)];
  }, [
    "c:f32[2] = slice{1:3} a",
    "d:f32[3] = broadcast{axes []} b",
    "return (c d)",
  ]],
  ["of broadcasts, transposes and iotas", (o) => {
    const x = o.in([4, 3]);
    const wide = o.broadcast(x, [2, 4, 3], [1, 2]);
    return [
      o.sliceAxis(wide, 0, 0, 1),
      o.sliceAxis(o.transpose(x, [1, 0]), 1, 0, 2),
      o.sliceAxis(o.iota("i32", [5], 0), 0, 2, 3),
    ];
  }, [
    "b:f32[1,4,3] = reshape a",
    "c:f32[2,3] = slice{0:2, 0:3} a",
    "d:f32[3,2] = transpose{[1,0]} c",
    "e:i32[1] = broadcast{axes []} 2:i32",
    "return (b d e)",
  ]],
  ["that take nothing", (o) => o.sliceAxis(o.in([3]), 0, 1, 1), [
    "b:f32[0] = broadcast{axes []} 0.0",
    "return (b)",
  ]],
  ["do not move through other elementwise nodes", (o) => {
    return o.sliceAxis(o.unary("tanh", o.in([3])), 0, 0, 1);
  }, ["b:f32[3] = tanh a", "c:f32[1] = slice{0:1} b", "return (c)"]],
  ["from gathers and dynamic slices at known places", (o) => {
    const x = o.in([4, 3]);
    const at = (n: number) => o.full({ dtype: "i32", shape: [] }, n);
    const starts = o.bind("concat", [
      o.reshape(at(9), [1]),
      o.reshape(at(1), [1]),
    ], { axis: 0 });
    return [
      o.bind("gather", [x, at(-2)], { axis: 0, batchDims: 0 }),
      o.bind("gather", [x, o.iota("i32", [2], 0)], { axis: 0, batchDims: 0 }),
      o.bind("dynamicSlice", [x, starts], { sizes: [2, 2], batchDims: 0 }),
    ];
  }, [
    "b:f32[1,3] = slice{0:1, 0:3} a",
    "c:f32[3] = reshape b",
    "d:f32[2,3] = slice{0:2, 0:3} a",
    "e:f32[2,2] = slice{2:4, 1:3} a",
    "return (c d e)",
  ]],
]);
