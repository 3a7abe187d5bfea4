import assert from "node:assert/strict";
import fc from "fast-check";
import { duration, formatDuration, parseDuration } from "../../infra/domain/durations.ts";

describe("durations", () => {
  it("reads what people write", () => {
    assert.equal(parseDuration("30s"), 30_000);
    assert.equal(parseDuration("24h"), 86_400_000);
    assert.equal(parseDuration("1d 12h 30m"), 131_400_000);
    assert.equal(parseDuration(" 250ms "), 250);
    for (const text of ["", "soon", "24", "1.5h", "-3m", "3 h", "h3"]) assert.equal(parseDuration(text), null, text);
  });

  it("says what to write instead", () => {
    const result = duration.safeParse("two days");
    assert.match(result.error?.issues[0]?.message ?? "", /"two days" is not a duration: write for example "30s"/);
  });

  it("writes what it reads, to the second unit", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 1, max: 23 }), (days, hours) => {
        const milliseconds = days * 86_400_000 + hours * 3_600_000;
        assert.equal(parseDuration(formatDuration(milliseconds)), milliseconds);
      }),
      { seed: 20261122 },
    );
    assert.equal(formatDuration(999), "999ms");
    assert.equal(formatDuration(90_061_000), "25h 1m");
    assert.equal(formatDuration(86_400_000), "24h");
    assert.equal(formatDuration(216_000_000), "2d 12h");
  });
});
