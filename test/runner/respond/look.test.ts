import assert from "node:assert/strict";
import { stableRelease } from "../../../infra/domain/releases.ts";
import { countRequests, lookOnce } from "../../../infra/runner/respond/look.ts";
import { firstState } from "../../../verification/mocks/release-state.ts";
import { pod, wellFacts } from "../../runbooks/incident/facts.ts";
import { openedDeploy } from "../session.ts";

describe("a look at an incident", () => {
  it("takes a pod that is missing for a fault once it has had its time, and counts neither those that leave nor other releases'", async () => {
    const { session } = await openedDeploy();
    const state = firstState();
    const release = stableRelease(state).id;
    const pods = [pod("a", { release }), pod("b", { release, leaving: true }), pod("c", { release: "r999999999" })];
    const seeing = { ...session, incident: { ...session.incident, look: async () => wellFacts({ pods }) } };
    const since = session.clock.now();
    const first = await lookOnce(seeing, state);
    assert.deepEqual([first.look.missing, first.look.verdict.kind], [1, "none"]);
    const early = await lookOnce(seeing, state, { since, startWithin: 60_000 });
    assert.equal(early.look.verdict.kind, "none");
    const late = await lookOnce(seeing, state, { since: since - 60_000, startWithin: 60_000 });
    assert.deepEqual([late.look.missing, late.look.verdict.cause], [1, "some pods fail"]);
  });
});

describe("the requests counted during an incident", () => {
  it("are nobody's to know where the source fails or has nothing, and the record says why", async () => {
    assert.deepEqual(await countRequests(() => Promise.reject(new Error("Prometheus at p:9090 answered 503"))), {
      counted: null,
      uncounted: "Prometheus at p:9090 answered 503",
    });
    assert.deepEqual(await countRequests(async () => []), {
      counted: null,
      uncounted: "the metrics have no reading",
    });
  });
});
