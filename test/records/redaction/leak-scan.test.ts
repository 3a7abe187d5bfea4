import assert from "node:assert/strict";
import fc from "fast-check";
import type { Encoding } from "../../../infra/records/redaction/find.ts";
import { type Leak, leakInWords, leakScan } from "../../../infra/records/redaction/leak-scan.ts";

const PASSWORD = `p"ss/w0rd+é%2`;
const URL_VALUE = `rediss://app-a:${encodeURIComponent(PASSWORD)}@cache.example:6379`;
const sought = [
  { name: "REDIS_URL g2", value: URL_VALUE },
  { name: "SESSION_SECRET g1,g2", value: "ring-key-number-one,ring-key-number-two" },
];
const scan = leakScan(sought);
const line = (text: string): Leak[] => scan([{ place: "a pod's log", text: `{"level":"info"}\n${text}\n` }]);

/** A log line that holds the secret at each of base64's three offsets. */
const offsets = [0, 1, 2];
const base64At = (offset: number, encoding: "base64" | "base64url") =>
  Buffer.from(`${"x".repeat(offset)}${PASSWORD}${"y".repeat(4)}`).toString(encoding);

const mutations: [string, string, Encoding][] = [
  ["raw", PASSWORD, "raw"],
  ...offsets.map((offset): [string, string, Encoding] => [
    `base64-encoded at offset ${offset}`,
    base64At(offset, "base64"),
    "base64",
  ]),
  ["percent-encoded", encodeURIComponent(PASSWORD), "percent-encoded"],
  [
    "percent-encoded in lower case",
    encodeURIComponent(PASSWORD).replace(/%../g, (code) => code.toLowerCase()),
    "percent-encoded",
  ],
  ["JSON-escaped", JSON.stringify({ error: PASSWORD }), "JSON-escaped"],
  ["JSON-escaped to ASCII", PASSWORD.replace("é", "\\u00e9").replace('"', "\\u0022"), "JSON-escaped"],
  ["hexadecimal", Buffer.from(PASSWORD).toString("hex").toUpperCase(), "hexadecimal"],
];

describe("the leak scan", () => {
  for (const [how, text, encoding] of mutations) {
    it(`finds a secret in a log line that is ${how}, names the place, and doesn't repeat it`, () => {
      const leaks = line(`connecting with ${text}`);
      assert.ok(leaks.some((leak) => leak.encoding === encoding && leak.secret === "REDIS_URL g2" && leak.line === 2));
      const told = leaks.map(leakInWords).join("\n");
      for (const part of [text, PASSWORD]) assert.ok(!told.includes(part), told);
    });
  }

  it("finds base64url where its alphabet differs, at every offset", () => {
    const value = "\u00fb\u00ff\u00fe\u00fb\u00ff\u00fe\u00fb\u00ff";
    for (const offset of offsets) {
      const text = Buffer.from(`${"x".repeat(offset)}${value}yyyy`).toString("base64url");
      assert.ok(leakScan([{ name: "K", value }])([{ place: "p", text }]).length > 0);
    }
  });

  it("finds a whole URL, its password alone, and each key of a ring", () => {
    assert.equal(line(URL_VALUE).length > 0, true);
    assert.deepEqual(
      line("signed with ring-key-number-two").map(({ secret }) => secret),
      ["SESSION_SECRET g1,g2"],
    );
  });

  it("leaves the user, the host and other texts alone", () => {
    assert.deepEqual(line("app-a at cache.example:6379 is ready"), []);
    fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => scan([{ place: "p", text }]).length === 0));
  });

  it("tells each place and encoding once, with its first line", () => {
    const leaks = line(`ring-key-number-two ring-key-number-two\nring-key-number-two`);
    assert.deepEqual([leaks.length, leaks[0]?.line], [1, 2]);
  });

  it("finds every secret of key's length in base64 among other bytes", () => {
    const bytes = fc.uint8Array({ maxLength: 9 }).map((some) => Buffer.from(some));
    const value = fc.stringMatching(/^[A-Za-z0-9_-]{12,40}$/);
    fc.assert(
      fc.property(value, bytes, bytes, (secret, before, after) => {
        const text = Buffer.concat([before, Buffer.from(secret), after]).toString("base64");
        assert.ok(leakScan([{ name: "K", value: secret }])([{ place: "p", text }]).length > 0);
      }),
    );
  });
});
