import assert from "node:assert/strict";
import { type Claim, heldNow, isFree, SILENT_FOR, sightOf, thisProcess } from "../../infra/records/lease.ts";

const NOW = Date.parse("2026-11-22T12:00:00Z");

function claimRenewed(ago: number, state: Claim["state"] = "held"): Claim {
  const at = new Date(NOW - ago).toISOString();
  const holder = { host: "ci-1", pid: 7, startTime: "boot/100", change: null, at };
  return { holder, renewedAt: at, state };
}

describe("a lease", () => {
  it("is free once released, whoever held it", () => {
    for (const sight of ["alive", "dead", "elsewhere"] as const) {
      assert.equal(isFree(claimRenewed(0, "released"), sight, NOW), true);
    }
  });

  it("is kept by a living process however long, and lost by a dead one at once", () => {
    assert.equal(isFree(claimRenewed(10 * SILENT_FOR), "alive", NOW), false);
    assert.equal(isFree(claimRenewed(0), "dead", NOW), true);
  });

  it("is kept by another machine while that shows itself", () => {
    assert.equal(isFree(claimRenewed(SILENT_FOR), "elsewhere", NOW), false);
    assert.equal(isFree(claimRenewed(SILENT_FOR + 1), "elsewhere", NOW), true);
  });

  it("sees a process of this machine by its start time, not by its number alone", async () => {
    const holder = thisProcess(null);
    assert.equal(sightOf(heldNow(holder)), "alive");
    assert.equal(sightOf(heldNow({ ...holder, startTime: "boot/1" })), "dead");
    assert.equal(sightOf(heldNow({ ...holder, host: "elsewhere" })), "elsewhere");
  });
});
