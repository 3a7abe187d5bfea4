import assert from "node:assert/strict";
import {
  type ReleaseState,
  stableRelease,
  stateHash,
  weightProblems,
  withoutJobs,
} from "../../../infra/domain/releases.ts";
import { planOf, type RunbookInput } from "../../../infra/runbooks/index.ts";
import { respond } from "../../../infra/runner/respond/respond.ts";
import { run } from "../../../infra/runner/run.ts";
import { incidentSchema } from "../../../infra/settings/incident.ts";
import { base, CHANGE, RUNBOOKS, shared } from "../../fixtures/runbooks.ts";
import { CASES, wellFacts } from "../../runbooks/incident/facts.ts";
import { type Explored, endOf, exploreEveryState } from "./explore.ts";
import type { Node } from "./node.ts";
import type { Carry } from "./visit.ts";

const limits = { interval: 10, writes: 2, recoverWithin: 10, startWithin: 10, persistsAfter: 10, logMoreFor: 20 };
const incident: RunbookInput = { ...shared, runbook: "incident", release: stableRelease(base), limits };
const settings = incidentSchema.parse({});
/** Answers an incident; one that is called off goes back as every other change does. */
const answer: Carry = (incident) =>
  incident.journal.progress().failure === null ? respond(incident, { limits, settings }) : run(incident);

const toldOf = ({ events }: Node): string => events.map(({ step, type }) => `${step} ${type}`).join(", ");

/** Where a change goes back to: its last restore point, else where it began. */
function originOf({ progress: { restorePoint } }: Node, input: RunbookInput): ReleaseState {
  return restorePoint === null ? input.base : { ...restorePoint, change: null, floors: {} };
}

/** Checks where each state leads; each ends by resume, or by abort where resume says that a person is needed. */
function checkEnds(explored: ReadonlyMap<string, Explored>, check: (node: Node, exit: number) => void): void {
  let ways = 0;
  let helped = 0;
  for (const [key, { node, onwards, aborted }] of explored) {
    ways += onwards.length;
    const called = aborted === null ? null : explored.get(endOf(explored, aborted) ?? "");
    assert.ok(called === null || called?.node.progress.closed?.exit === 1, `abort doesn't come back: ${toldOf(node)}`);
    if (endOf(explored, key) === null) {
      assert.ok(called !== null, `neither resume nor abort comes to an end: ${toldOf(node)}`);
      helped += 1;
    }
    if (node.progress.closed !== null) check(node, node.progress.closed.exit);
  }
  const people = helped === 0 ? "" : `; in ${helped} of them resume asks for a person`;
  console.log(`        ${explored.size} states, ${ways} ways from one to another${people}`);
}

describe("every state of a change, whatever fails, holds or dies, and whoever resumes it besides", function () {
  this.timeout(600_000);
  const sane = ({ state }: Node) => assert.deepEqual(weightProblems(state), []);

  for (const [name, input] of Object.entries(RUNBOOKS)) {
    it(`${name}: is ended by resume and by abort`, async () => {
      const explored = await exploreEveryState({ plan: planOf(CHANGE, input), carry: run, sees: [] }, input.base, sane);
      const done = explored.get(endOf(explored, explored.keys().next().value ?? "") ?? "")?.node;
      assert.equal(done?.progress.closed?.exit, 0);
      checkEnds(explored, (node, exit) => {
        const origin = originOf(node, input);
        const same =
          exit === 0
            ? stateHash(node.state) === stateHash(done.state)
            : stateHash({ ...withoutJobs(node.state), schema: origin.schema }) === stateHash(withoutJobs(origin));
        assert.ok(same, `it ended with ${exit} elsewhere: ${toldOf(node)}`);
        assert.ok(exit === 0 || !node.outside.has("mint"), `what was minted is left behind: ${toldOf(node)}`);
      });
      for (const [key, { node }] of explored) assert.ok(endOf(explored, key) !== null, toldOf(node));
    });
  }

  for (const { name, facts } of CASES.filter((one) => ["redis down", "one bad pod"].includes(one.name))) {
    it(`incident, ${name}: is ended by resume or by abort, and leaves the releases as they were`, async () => {
      const sees = [wellFacts(), facts];
      const explored = await exploreEveryState({ plan: planOf(CHANGE, incident), carry: answer, sees }, base, sane);
      checkEnds(explored, ({ state }) => {
        assert.deepEqual([state.releases, state.change, state.debugCopy], [base.releases, null, null]);
      });
    });
  }
});
