import { describe, it } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import { TreeError } from "../../src/base/errors.ts";
import { type Rules, Ruleset } from "../../src/predictive_coding/ruleset.ts";

/** The message of the error that parsing one rule gives. */
function messageOf(rule: string, tforms: string[] = []): string {
  return assertThrows(() => new Ruleset({ s: rule }, tforms), TreeError)
    .message;
}

describe("Ruleset", () => {
  it("reads targets, key and transformations of an input rule", () => {
    const rules = new Ruleset({ init: ["h,u<-u", "  a , b  <-  c : f:g "] }, [
      "f",
      "g",
    ]);
    assertEquals(rules.inputs("init", "u"), [
      { kind: "input", targets: ["h", "u"], key: "u", tforms: [] },
    ]);
    assertEquals(rules.inputs("init", "c"), [
      { kind: "input", targets: ["a", "b"], key: "c", tforms: ["f", "g"] },
    ]);
    assertEquals(rules.output("init", "u"), null);
  });

  it("reads key, source and transformations of an output rule", () => {
    const rules = new Ruleset({ ".*": "h -> u:f" }, ["f"]);
    assertEquals(rules.output(null, "h"), {
      kind: "output",
      key: "h",
      source: "u",
      tforms: ["f"],
    });
    assertEquals(rules.inputs(null, "h"), []);
  });

  it("matches the whole status and the whole key", () => {
    const rules = new Ruleset({ init: "h <- u2", "^(a|b)$": "h <- v" });
    assertEquals(rules.inputs("init", "u").length, 0);
    assertEquals(rules.inputs("init", "u2").length, 1);
    assertEquals(rules.inputs("init_inference", "u2").length, 0);
    assertEquals(rules.inputs("reinit", "u2").length, 0);
    assertEquals(rules.inputs("b", "v").length, 1);
    assertEquals(rules.inputs("ab", "v").length, 0);
  });

  it("matches a null status as the empty string", () => {
    const rules = new Ruleset({ "": "a <- u", ".*": "b <- u", x: "c <- u" });
    const targets = (status: string | null) =>
      rules.inputs(status, "u").map((rule) => rule.targets[0]);
    assertEquals(targets(null), ["a", "b"]);
    assertEquals(targets("x"), ["b", "c"]);
  });

  it("keeps the order of statuses and of rules", () => {
    const rules = new Ruleset({ "s|t": ["z <- u", "y <- u"], s: "x <- u" });
    assertEquals(
      rules.inputs("s", "u").map((rule) => rule.targets[0]),
      ["z", "y", "x"],
    );
  });

  it("shows a malformed rule with a caret under the column", () => {
    assertEquals(
      messageOf("h, u <= u"),
      'Cannot parse a rule for status "s": found "<=" at column 6, ' +
        'expected "<-" or ",": ' +
        'write it as "targets <- key:tform" or "key -> source:tform"\n' +
        "  h, u <= u\n" +
        "       ^",
    );
    assertEquals(
      messageOf("h <- "),
      'Cannot parse a rule for status "s": the rule ends at column 6, ' +
        "expected the name that is set: " +
        'write it as "targets <- key:tform" or "key -> source:tform"\n' +
        "  h <- \n" +
        "       ^",
    );
    assertEquals(
      messageOf("a, b -> u"),
      'Cannot parse a rule for status "s": found "," at column 2, expected ' +
        "one name before ->: write one output rule for each name\n" +
        "  a, b -> u\n" +
        "   ^",
    );
  });

  for (
    const [rule, column] of [
      ["", 1],
      ["* <- *", 1],
      ["h", 2],
      ["h <-", 5],
      ["h <- u v", 8],
      ["h <- u:", 8],
      ["h ->", 5],
      ["h -> u, v", 7],
      ["h,, u <- u", 3],
    ] as const
  ) {
    it(`rejects "${rule}" at column ${column}`, () => {
      const lines = messageOf(rule).split("\n");
      assertEquals(lines[0].includes(`at column ${column},`), true, lines[0]);
      assertEquals(lines[1], `  ${rule}`);
      assertEquals(lines[2].indexOf("^"), column + 1);
    });
  }

  it("names an unknown transformation and the known ones", () => {
    assertEquals(
      messageOf("h <- u:foo", ["double", "neg"]),
      'Cannot parse a rule for status "s": unknown transformation "foo" at ' +
        "column 8, expected one of double, neg: " +
        "add it to the tforms of the Vode\n" +
        "  h <- u:foo\n" +
        "         ^",
    );
    assertEquals(
      messageOf("h -> u:foo").includes("a name that tforms defines"),
      true,
    );
  });

  it("takes transformations by name as well", () => {
    const rules = new Ruleset({ s: "h <- u:f" }, { f: (x: unknown) => x });
    assertEquals(rules.inputs("s", "u")[0].tforms, ["f"]);
  });

  it("rejects what is no text", () => {
    assertEquals(
      assertThrows(
        () => new Ruleset({ s: ["h <- u", 3] } as unknown as Rules),
        TreeError,
      ).message,
      'Cannot parse the rules for status "s": they are ["h <- u",3], expected ' +
        'a text or an array of them: write each as "targets <- key:tform" or ' +
        '"key -> source:tform"',
    );
  });

  it("rejects a status pattern that is no regular expression", () => {
    const error = assertThrows(() => new Ruleset({ "(": "h <- u" }), TreeError);
    assertEquals(
      error.message.startsWith(
        'Cannot parse the status pattern "(" of a ruleset: ',
      ),
      true,
    );
  });
});
