import assert from "node:assert/strict";
import { entryNames } from "../../infra/domain/entry-names.ts";

describe("the names of the secrets' entries", () => {
  it("have the application in them, so that two applications of one account don't collide", () => {
    const names = entryNames("shop", "staging", undefined);
    assert.deepEqual(Object.values(names), [
      "shop/staging/SUPABASE_KEY",
      "shop/staging/SESSION_SECRET",
      "shop/staging/AFM_KEY",
      "shop/staging/REDIS_URL",
    ]);
    assert.notEqual(names.AFM_KEY, entryNames("other", "staging", undefined).AFM_KEY);
  });

  it("stay what they were where the stack has entries: a new name would be a new entry", () => {
    const arns = {
      AFM_KEY: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:staging/AFM_KEY-a1B2c3",
      REDIS_URL: "arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:a-b/staging/REDIS_URL-ZZZZZZ",
    };
    const { AFM_KEY, REDIS_URL, SUPABASE_KEY } = entryNames("shop", "staging", arns);
    assert.deepEqual(
      [AFM_KEY, REDIS_URL, SUPABASE_KEY],
      ["staging/AFM_KEY", "a-b/staging/REDIS_URL", "shop/staging/SUPABASE_KEY"],
    );
  });

  it("stay what they were beside those of secrets that only another version knows", () => {
    const arns = {
      AFM_KEY: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:staging/AFM_KEY-a1B2c3",
      NEW_KEY: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:staging/NEW_KEY-a1B2c3",
    };
    assert.equal(entryNames("shop", "staging", arns).AFM_KEY, "staging/AFM_KEY");
  });

  for (const [what, arns, why] of [
    ["a text", "nonsense", /it isn't a list of ARNs/],
    ["a list with something else", { AFM_KEY: 7 }, /it isn't a list of ARNs/],
    ["no ARN", { AFM_KEY: "staging/AFM_KEY" }, /AFM_KEY is "staging\/AFM_KEY", which is no ARN of a secret/],
  ] as const) {
    it(`are refused where the stack's own are ${what}: new entries would be made in their place`, () => {
      assert.throws(() => entryNames("shop", "staging", arns), why);
    });
  }
});
