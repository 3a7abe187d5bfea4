import assert from "node:assert/strict";
import fc from "fast-check";
import { markdownLine, printable, ticketLine } from "../../infra/domain/plain-text.ts";
import { ticketOf } from "../../infra/reports/ticket.ts";
import { incident } from "../notify/message.ts";

const HOSTILE =
  "see <!-- the log\u001bc, @everyone and @org/security fix #1 or GH-2 </details> \u202eevil\u009b31m | x";

describe("text from people", () => {
  it("has no character left that a terminal obeys or a page hides, whatever it was", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        assert.doesNotMatch(printable(text), /[^\P{Cc}\n\t]|\p{Cf}/u);
        assert.doesNotMatch(markdownLine(text), /[\p{Cc}\p{Cf}]/u);
      }),
      { seed: 159 },
    );
  });

  it("is left as it is where it is plain", () => {
    const plain = "Grüße: 5 % of v2, naïve — 日本語 🙂\n\tindented";
    assert.equal(printable(plain), plain);
  });

  it("mentions, references, closes and hides nothing in a ticket, and stays readable", () => {
    const line = ticketLine(HOSTILE);
    assert.doesNotMatch(line, /<|@\p{L}|(?<!&)#\d|GH-\d|[\p{Cc}\p{Cf}]/u);
    assert.match(
      line,
      /^see &lt;!-- the log\?c, @&#8203;everyone and @&#8203;org\/security fix #&#8203;1 or GH&#8203;-2 /,
    );
  });

  it("reaches no ticket unescaped, wherever it stands in an incident", () => {
    const hostile = {
      ...incident,
      onCall: HOSTILE,
      reason: HOSTILE,
      left: { ...incident.left, version: HOSTILE },
      evidence: incident.evidence.map((one) => ({ ...one, summary: HOSTILE })),
      timeline: incident.timeline.map((one) => ({ ...one, text: HOSTILE })),
    };
    const { title, body } = ticketOf(hostile);
    assert.doesNotMatch(body, /<!--|@\p{L}|(?<!&)#\d|\u202e|[^\P{Cc}\n]/u);
    assert.doesNotMatch(title, /[\p{Cc}\p{Cf}]/u);
  });
});
