import assert from "node:assert/strict";
import fc from "fast-check";
import { keyedHeader } from "../../infra/domain/release-header.ts";
import { growingRedactor } from "../../infra/records/redaction/growing.ts";
import { createRedactor } from "../../infra/records/redaction/redact.ts";
import { REDACTED } from "../../infra/records/redaction/url-passwords.ts";

const secrets = fc
  .string({ unit: "grapheme", minLength: 8, maxLength: 40 })
  .filter((secret) => !secret.includes("redacted") && !secret.includes(","));

const formEncoded = (text: string) => new URLSearchParams({ v: text }).toString().slice(2);
const everyByte = (text: string) => Buffer.from(text).toString("hex").replace(/../g, "%$&");
const surroundings = fc.uint8Array({ maxLength: 7 }).map((bytes) => Buffer.from(bytes));

const encodings: [string, (secret: string) => string][] = [
  ["raw", (secret) => secret],
  ["JSON-escaped", (secret) => JSON.stringify(secret).slice(1, -1)],
  ["JSON in JSON", (secret) => JSON.stringify(JSON.stringify(secret)).slice(2, -2)],
  ["percent-encoded", encodeURIComponent],
  [
    "percent-encoded in lower case",
    (secret) => encodeURIComponent(secret).replace(/%../g, (code) => code.toLowerCase()),
  ],
  ["percent-encoded byte by byte", everyByte],
  ["percent-encoded twice", (secret) => encodeURIComponent(encodeURIComponent(secret))],
  ["form-encoded", formEncoded],
  ["hexadecimal", (secret) => Buffer.from(secret).toString("hex")],
  ["hexadecimal in upper case", (secret) => Buffer.from(secret).toString("hex").toUpperCase()],
];

describe("the redactor", () => {
  it("blanks out the key with which a release is asked for, which no setting holds, and keeps the release", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^r[0-9a-f]{9}$/), fc.string(), (release, key) => {
        const { text } = createRedactor([]);
        const values = [keyedHeader(release, key), keyedHeader(null, key)];
        const told = `Invalid value: "${values[0]}", x-runbooks-release: ${values[1]}\n`;
        assert.equal(
          text(told),
          `Invalid value: "${release}.${REDACTED}", x-runbooks-release: by-weight.${REDACTED}\n`,
        );
        assert.equal(text(`image app@sha256:${"a".repeat(64)} of ${release}`).includes(REDACTED), false);
      }),
    );
  });

  for (const [name, encode] of encodings) {
    it(`blanks out a secret that is ${name}`, () => {
      fc.assert(
        fc.property(secrets, fc.string({ maxLength: 5 }), (secret, around) => {
          const text = `${around}${encode(secret)}${around}`;
          const { text: redact } = createRedactor([secret]);
          assert.ok(redact(text).includes(REDACTED));
          assert.ok(!redact(text).includes(encode(secret)));
        }),
      );
    });
  }

  for (const encoding of ["base64", "base64url"] as const) {
    it(`blanks out a secret inside a longer ${encoding} text, at every offset`, () => {
      fc.assert(
        fc.property(secrets, surroundings, surroundings, (secret, before, after) => {
          const text = Buffer.concat([before, Buffer.from(secret), after]).toString(encoding);
          assert.ok(createRedactor([secret]).text(text).includes(REDACTED));
        }),
      );
    });
  }

  it("blanks out the password of any URL, known or not, and of nothing that is none", () => {
    const { text } = createRedactor([]);
    const blanked: [string, string][] = [
      ['parse "redis://app-a:Pa55word@sessions:6379/0": bad', `parse "redis://app-a:${REDACTED}@sessions:6379/0": bad`],
      ["amqps://:Pa5/5@wo?rd#1@queue", `amqps://:${REDACTED}@queue`],
      ["postgres://app:12345678@db", `postgres://app:${REDACTED}@db`],
      ["redis://app:12345@db", `redis://app:${REDACTED}@db`],
      ['{"url":"https:\\/\\/u:Pa55word@h\\/x"}', `{"url":"https:\\/\\/u:${REDACTED}@h\\/x"}`],
    ];
    for (const [told, expected] of blanked) {
      assert.equal(text(told), expected);
      assert.equal(text(expected), expected);
    }
    const kept = [
      "https://app.example.com:8443/people?mail=ada@example.com",
      "http://127.0.0.1:8080 is asked by ada@example.com",
      "http://[::1]:9090/api?by=ada@example.com",
      "postgres://app@db.example.com:5432/app",
      "image registry.example.com:5000/app@sha256:0123",
    ];
    for (const told of kept) assert.equal(text(told), told);
  });

  it("takes in what becomes known later", () => {
    const redactor = growingRedactor(["hunter2-hunter2"]);
    const told = "hunter2-hunter2 and minted-later-1";
    assert.equal(redactor.text(told), `${REDACTED} and minted-later-1`);
    redactor.add(["minted-later-1"]);
    assert.deepEqual(redactor.data({ told }), { told: `${REDACTED} and ${REDACTED}` });
  });

  it("leaves a text without the secret as it is", () => {
    const { text } = createRedactor(["hunter2-hunter2"]);
    fc.assert(fc.property(fc.string(), (other) => text(other) === other));
  });

  it("finds the password of a URL and each key of a ring", () => {
    const { text } = createRedactor(["rediss://app-a:p%40ssw0rd-1@cache.example:6379", "ring-key-one,ring-key-two"]);
    assert.equal(text("AUTH p@ssw0rd-1"), `AUTH ${REDACTED}`);
    assert.equal(text("signed with ring-key-two"), `signed with ${REDACTED}`);
    assert.equal(text("cache.example:6379 as app-a"), "cache.example:6379 as app-a");
  });

  it("goes through keys, lists and numbers of evidence", () => {
    const { json } = createRedactor(["hunter2-hunter2", "12345678"]);
    assert.deepEqual(json({ "key hunter2-hunter2": [{ n: 12345678 }, 200, true, null] }), {
      [`key ${REDACTED}`]: [{ n: REDACTED }, 200, true, null],
    });
  });

  it("ignores values too short to be secrets, and needs none", () => {
    assert.equal(createRedactor(["a", ""]).text("a banana"), "a banana");
    assert.equal(createRedactor([]).text("a banana"), "a banana");
  });
});
