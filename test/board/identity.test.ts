import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { checkFormToken, formToken } from "../../infra/board/form-token.ts";
import { originProblem } from "../../infra/board/guard.ts";
import { type BoardIdentity, identify } from "../../infra/board/identity.ts";
import { NOW, READ_ONLY } from "./world.ts";

const TOKEN = "0123456789abcdef0123456789abcdef";
const IDENTITY: BoardIdentity = {
  origin: "https://runbooks.example.com",
  proxy: { header: "X-Forwarded-Email", secret: "the proxy's own" },
  tokens: { Grace: createHash("sha256").update(TOKEN).digest("hex") },
  problem: null,
};
const HOUR = 3_600_000;
const by = (headers: Record<string, string>, identity = IDENTITY) =>
  identify((name) => Object.entries(headers).find(([one]) => one.toLowerCase() === name.toLowerCase())?.[1], identity);
const asked = (headers: Record<string, string>) => (name: string) => headers[name];

describe("who somebody is on the board", () => {
  it("is what the proxy says, with what it alone can send", () => {
    const headers = { "X-Forwarded-Email": "ada@example.com", "X-Runbooks-Proxy": "the proxy's own" };
    assert.deepEqual(by(headers), { kind: "known", name: "ada@example.com", by: "proxy" });
  });

  it("is refused where a header names somebody and the request comes past the proxy", () => {
    for (const secret of [undefined, "", "another one", "the proxy's own "]) {
      const headers = {
        "X-Forwarded-Email": "ada@example.com",
        ...(secret === undefined ? {} : { "X-Runbooks-Proxy": secret }),
      };
      const answer = by(headers);
      assert.equal(answer.kind, "refused");
      assert.ok(answer.kind === "refused" && !answer.why.includes("the proxy's own"), "the secret isn't said");
    }
  });

  it("is refused where a client's own header stands beside the proxy's, and where a name isn't one", () => {
    for (const name of ["mallory, ada@example.com", "ada\u202Emoc", "a".repeat(201)]) {
      const answer = by({ "X-Forwarded-Email": name, "X-Runbooks-Proxy": "the proxy's own" });
      assert.equal(answer.kind, "refused", name);
    }
  });

  it("is whose token is sent, and nobody's where it is another", () => {
    assert.deepEqual(by({ Authorization: `Bearer ${TOKEN}` }), { kind: "known", name: "Grace", by: "token" });
    assert.equal(by({ Authorization: `Bearer ${TOKEN}x` }).kind, "refused");
  });

  it("is nobody where nothing says so, and where nothing is set up", () => {
    assert.equal(by({}).kind, "nobody");
    assert.equal(by({ "X-Runbooks-Proxy": "the proxy's own" }).kind, "nobody");
    assert.equal(by({ "X-Forwarded-Email": "ada@example.com" }, READ_ONLY).kind, "nobody");
    assert.equal(by({ Authorization: "Bearer x" }, READ_ONLY).kind, "nobody");
  });

  it("is never somebody without the proxy's secret or a token, whatever is sent", () => {
    const text = fc.string({ maxLength: 40 });
    fc.assert(
      fc.property(text, text, text, (email, secret, authorization) => {
        fc.pre(secret !== "the proxy's own");
        const answer = by({ "X-Forwarded-Email": email, "X-Runbooks-Proxy": secret, Authorization: authorization });
        assert.notEqual(answer.kind, "known");
      }),
      { seed: 5, numRuns: 500 },
    );
  });
});

describe("a form of the board", () => {
  it("is taken from the person whom it was given to, for a day", () => {
    const token = formToken("key", "Ada", NOW);
    assert.equal(checkFormToken("key", "Ada", token, NOW), "good");
    assert.equal(checkFormToken("key", "Ada", token, NOW + 24 * HOUR), "good");
    assert.equal(checkFormToken("key", "Ada", token, NOW + 26 * HOUR), "old");
    assert.equal(checkFormToken("key", "Ada", token, NOW - 3 * HOUR), "old");
    assert.equal(checkFormToken("key", "Mallory", token, NOW), "forged");
    assert.equal(checkFormToken("another", "Ada", token, NOW), "forged");
    fc.assert(
      fc.property(fc.string(), (text) => assert.equal(checkFormToken("key", "Ada", text, NOW), "forged")),
      { seed: 8 },
    );
  });

  it("is taken from the board's own address alone", () => {
    const origin = "https://runbooks.example.com";
    const own = { Origin: origin, Host: "runbooks.example.com", "Sec-Fetch-Site": "same-origin" };
    assert.equal(originProblem(asked(own), origin), null);
    assert.equal(originProblem(asked(own), null), null);
    assert.equal(originProblem(asked({ Origin: origin, Host: "10.0.0.7:8080" }), origin), null);
    for (const other of [
      {},
      { Host: "runbooks.example.com" },
      { ...own, "Sec-Fetch-Site": "cross-site" },
      { ...own, "Sec-Fetch-Site": "same-site" },
      { ...own, Origin: "https://evil.example.com" },
      { ...own, Origin: "null" },
      { Origin: "https://runbooks.example.com.evil.example", Host: "runbooks.example.com" },
    ]) {
      assert.notEqual(originProblem(asked(other), origin), null, JSON.stringify(other));
      assert.notEqual(originProblem(asked(other), null), null, JSON.stringify(other));
    }
  });
});
