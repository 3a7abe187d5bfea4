import assert from "node:assert/strict";
import { countedBy, NO_OWN_REQUESTS, newRecorder, soFar } from "../../infra/metrics/own-requests.ts";

const RELEASE = "rc0ffee001";

describe("our own requests between the end of a burst and the ledger's word of it", () => {
  it("are known: the write of the record takes its time, and a look meanwhile takes none of them for users'", () => {
    let now = 1_000;
    const recorder = newRecorder(() => now);
    const counted = () => countedBy(soFar(NO_OWN_REQUESTS, recorder), { from: now, to: now })?.releases[RELEASE];
    for (let sent = 0; sent < 8; sent += 1) recorder.sent("other")({ release: RELEASE, status: 200 });
    now += 1_000;
    assert.deepEqual(counted(), { requests: 8, errors: 0 });
    const burst = recorder.take();
    assert.deepEqual(counted(), { requests: 8, errors: 0 });
    recorder.sent("other")({ release: RELEASE, status: 500 });
    now += 1_000;
    assert.deepEqual(counted(), { requests: 9, errors: 1 });
    recorder.noted();
    assert.deepEqual(burst?.releases[RELEASE], { requests: 8, errors: 0 });
    assert.deepEqual(counted(), { requests: 1, errors: 1 });
  });
});
