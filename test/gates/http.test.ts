import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { keepCookies } from "../../infra/gates/http.ts";

const NOW = Date.parse("2026-11-22T00:00:00Z");

describe("the cookie jar of the gates", () => {
  const kept = (...headers: string[]) => {
    const jar = new Map([["old", "1"]]);
    keepCookies(jar, headers, NOW);
    return Object.fromEntries(jar);
  };

  it("keeps cookies of any name, with their values as they are", () => {
    assert.deepEqual(kept("sid=s%3Aa.b=c; Path=/; HttpOnly", "__Host-x=; Secure"), {
      old: "1",
      sid: "s%3Aa.b=c",
      "__Host-x": "",
    });
  });

  it("replaces a cookie, and lets an expired one go", () => {
    assert.deepEqual(kept("old=2"), { old: "2" });
    assert.deepEqual(kept("old=2; Max-Age=0"), {});
    assert.deepEqual(kept("old=2; expires=Thu, 01 Jan 1970 00:00:00 GMT"), {});
    assert.deepEqual(kept("old=2; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT"), { old: "2" });
  });

  it("leaves what is no cookie alone", () => {
    assert.deepEqual(kept("", "nonsense", "=value"), { old: "1" });
    const jar = new Map<string, string>();
    keepCookies(jar, undefined, NOW);
    keepCookies(jar, "one=1", NOW);
    assert.deepEqual([...jar], [["one", "1"]]);
  });
});
