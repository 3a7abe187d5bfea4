import assert from "node:assert/strict";
import fc from "fast-check";
import { isSamePerson } from "../../infra/admission/identity.ts";

const ALIASES = { "Ada Lovelace": ["ada", "ada@example.com"], "ADA@example.com": ["countess"] };
const same = (one: string, other: string) => isSamePerson(one, other, {});

describe("whether two names are one person's", () => {
  it("doesn't go by case, spaces, invisible letters or Unicode's forms", () => {
    for (const spelling of [
      "ada lovelace",
      "ADA  LOVELACE",
      " AdaLovelace\n",
      "Ada\u00a0Lovelace",
      "A\u200bda Lovelace",
      "Ａｄａ Lovelace",
      "@Ada Lovelace",
    ])
      assert.ok(same("Ada Lovelace", spelling), JSON.stringify(spelling));
    assert.ok(same("José", "JOSE\u0301"));
    assert.ok(same("Weiß", "WEISS"));
    assert.ok(same("Νίκος", "ΝΊΚΟΣ"));
  });

  it("keeps different people apart", () => {
    for (const other of ["Grace", "Adam", "ada2", ""]) assert.ok(!same("Ada", other), other);
  });

  it("follows the aliases, in both directions and over several steps", () => {
    for (const name of ["ada", "ADA@EXAMPLE.COM", "Countess", "ada lovelace"]) {
      assert.ok(isSamePerson("Ada Lovelace", name, ALIASES), name);
      assert.ok(isSamePerson(name, "Ada Lovelace", ALIASES), name);
    }
    assert.ok(!isSamePerson("grace", "countess", ALIASES));
  });

  it("is the same in both directions, and holds for any change of spelling", () => {
    const respell = (name: string, how: number) =>
      [name.toUpperCase(), name.toLowerCase(), name.normalize("NFD"), ` ${name}\t`, name.split("").join("\u200d")][
        how
      ] ?? name;
    const word = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(word, fc.nat({ max: 3 }), (name, how) => {
        assert.ok(same(name, respell(name, how)), JSON.stringify([name, respell(name, how)]));
        assert.equal(same(name, "Ada"), same("Ada", name));
      }),
    );
    assert.ok(same("ada", respell("ada", 4)));
  });
});
