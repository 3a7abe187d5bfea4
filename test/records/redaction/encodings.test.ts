import assert from "node:assert/strict";
import fc from "fast-check";
import { leakScan } from "../../../infra/records/redaction/leak-scan.ts";
import { createRedactor } from "../../../infra/records/redaction/redact.ts";
import { REDACTED } from "../../../infra/records/redaction/url-passwords.ts";

const SECRET = `p"ss'w0rd é%2 &<$key>/x`;
const bytes = [...Buffer.from(SECRET)];
const entities: Record<string, string> = { '"': "quot", "'": "apos", "&": "amp", "<": "lt", ">": "gt" };

const html = (text: string) => text.replace(/["'&<>]/g, (character) => `&${entities[character]};`);
const base64Lines = (width: number, end: string) =>
  (
    Buffer.from(`some text before ${SECRET} and some more of it after`)
      .toString("base64")
      .match(new RegExp(`.{1,${width}}`, "g")) ?? []
  ).join(end);

/** How a secret of ours may come out of each tool or language, written by hand from what it prints. */
const forms: [string, string][] = [
  ["HTML's entities", html(SECRET)],
  ["HTML escaped twice", html(html(SECRET))],
  ["XML's numeric entities", SECRET.replace(/[^a-z0-9]/gi, (character) => `&#${character.codePointAt(0)};`)],
  [
    "XML's hexadecimal entities",
    SECRET.replace(/[^a-z0-9]/gi, (c) => `&#x${c.codePointAt(0)?.toString(16).toUpperCase()};`),
  ],
  ["a shell's backslashes (printf %q)", SECRET.replace(/[^a-zA-Z0-9/é%_]/g, "\\$&")],
  ["a shell's single quotes", `'${SECRET.replaceAll("'", `'\\''`)}'`],
  ["a shell's single quotes in double ones", `'${SECRET.replaceAll("'", `'"'"'`)}'`],
  ["a shell's $'...' with octal bytes", SECRET.replace("'", "\\'").replace("é", "\\303\\251")],
  ["Python's repr", `'${SECRET.replace("'", "\\'")}'`],
  ["Python's repr of bytes", `b'${SECRET.replace("'", "\\'").replace("é", "\\xc3\\xa9")}'`],
  ["Python's ascii", `'${SECRET.replace("'", "\\'").replace("é", "\\xe9")}'`],
  ["Ruby's inspect", `"${SECRET.replace('"', '\\"').replace("é", "\\u{e9}")}"`],
  ["a log line in JSON in JSON", JSON.stringify(JSON.stringify({ error: SECRET }))],
  ["base64 in lines of 76 (MIME)", base64Lines(76, "\r\n")],
  ["base64 in short lines of JSON", base64Lines(16, "\\n")],
  ["base64 in indented lines (YAML)", base64Lines(20, "\n    ")],
  ["Node's Buffer, inspected", `<Buffer ${bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(" ")}>`],
  ["Node's Buffer as JSON", JSON.stringify(Buffer.from(SECRET))],
  ["Go's []byte", `[]byte{${bytes.map((byte) => `0x${byte.toString(16).padStart(2, "0")}`).join(", ")}}`],
  ["hexadecimal with colons", bytes.map((byte) => byte.toString(16).padStart(2, "0").toUpperCase()).join(":")],
  ["C's escapes", bytes.map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("")],
];

const scan = leakScan([{ name: "KEY g1", value: SECRET }]);
const { text: redact } = createRedactor([SECRET]);

describe("a secret in a log", () => {
  for (const [name, text] of forms) {
    it(`is found and blanked out in ${name}`, () => {
      assert.ok(scan([{ place: "a pod's log", text: `connecting with ${text} now` }]).length > 0);
      const clean = redact(`connecting with ${text} now`);
      assert.ok(clean.includes(REDACTED) && clean.startsWith("connecting with ") && clean.endsWith(" now"), clean);
      assert.ok(!clean.includes("w0rd"), clean);
    });
  }

  it("is found where it has backslashes of its own, however often they are escaped", () => {
    const secret = fc.stringMatching(/^[a-z]{3}[\\"a-z]{3,12}[a-z]$/);
    fc.assert(
      fc.property(secret, fc.nat(3), (value, depth) => {
        let text = value;
        for (let again = 0; again < depth; again += 1) text = JSON.stringify(text).slice(1, -1);
        assert.equal(createRedactor([value]).text(`<${text}>`), `<${REDACTED}>`);
      }),
      { seed: 1510 },
    );
  });

  it("is found in the parts of a URL: a password that makes it malformed, a key in its path", () => {
    const clean = createRedactor([
      "postgres://app:pa#ss@word@db.example/app",
      "https://hooks.example/services/T0000/abcdefghijklmnopqrstuvwx",
    ]).text;
    assert.equal(clean("password: pa#ss@word"), `password: ${REDACTED}`);
    assert.equal(clean("POST /abcdefghijklmnopqrstuvwx 404"), `POST /${REDACTED} 404`);
    assert.equal(clean("db.example/app as app"), "db.example/app as app");
  });

  it("is found by a token's signature", () => {
    const token = "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoic2VydmljZSJ9.c2lnbmF0dXJlLXNpZ25hdHVyZQ";
    assert.equal(createRedactor([token]).text("sig=c2lnbmF0dXJlLXNpZ25hdHVyZQ"), `sig=${REDACTED}`);
  });
});

describe("the time a search takes", () => {
  const secrets = ["sb_secret_abcdefghijklmnopqrstuvwxyz", "rediss://a:0123456789abcdef@h:6379", "k1".repeat(16)];
  const redactor = createRedactor(secrets);
  const search = leakScan(secrets.map((value) => ({ name: value.slice(0, 2), value })));
  const seconds = (text: string) => {
    const started = process.cpuUsage();
    redactor.text(text);
    search([{ place: "log", text }]);
    const { user, system } = process.cpuUsage(started);
    return (user + system) / 1e6;
  };
  const nested = (() => {
    let value: unknown = { error: 'a "quoted" word' };
    for (let depth = 0; depth < 13; depth += 1) value = { message: JSON.stringify(value) };
    return JSON.stringify(value);
  })();
  const hostile: [string, (length: number) => string][] = [
    ["backslashes", (length) => "\\".repeat(length)],
    [
      "an error that was wrapped as JSON 13 times, again and again",
      (length) => nested.repeat(Math.ceil(length / nested.length)),
    ],
    ["percent signs", (length) => "%25".repeat(length / 3)],
    ["entities", (length) => "&amp;".repeat(length / 5)],
    ["a secret's beginning", (length) => "k1".repeat(length / 2)],
    ["white space", (length) => "\n \t ".repeat(length / 4)],
    ["numbers", (length) => "1, ".repeat(length / 3)],
    ["hexadecimal", (length) => "6b 31 ".repeat(length / 6)],
  ];
  for (const [name, text] of hostile) {
    it(`grows no faster than the text: 1 MB of ${name}`, function () {
      this.timeout(60_000);
      seconds(text(20_000));
      const [small, large] = [seconds(text(125_000)), seconds(text(1_000_000))];
      // Eight times the text; a quadratic search would take 64 times as long. Below a tenth of a second the clock's own grain is measured.
      assert.ok(large < Math.max(small, 0.1) * 24, `125 KB took ${small} s, 1 MB ${large} s`);
    });
  }
});
