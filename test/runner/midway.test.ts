import assert from "node:assert/strict";
import { badInput, EXIT, Refusal } from "../../infra/errors.ts";
import { run } from "../../infra/runner/run.ts";
import type { RunnerSession } from "../../infra/runner/session.ts";
import { openedDeploy } from "./session.ts";

const leave = { whenWaiting: "stay", signal: new AbortController().signal } as const;
const unreadable = async (): Promise<never> => {
  throw badInput("the cluster at https://k8s.example.com can't be read: see that it runs");
};

async function refusalOf(broken: (session: RunnerSession) => RunnerSession): Promise<Refusal> {
  const { plan, session, journal } = await openedDeploy();
  const error = await run({ session: broken(session), journal, plan, ...leave }).then(
    () => assert.fail("it went on"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof Refusal, String(error));
  return error;
}

describe("what can't be read any more", () => {
  it("in the middle of a change leaves with 70, since something was changed, and says how to go on", async () => {
    const { exit, problems } = await refusalOf((session) => ({ ...session, readBack: unreadable }));
    assert.equal(exit, EXIT.stuck);
    assert.match(problems[0] ?? "", /k8s\.example\.com can't be read/);
    assert.match(problems[1] ?? "", /CHG-\S+ is where it was: .*`runbook resume --stack staging`/);
  });

  it("before the first update leaves with 2: nothing was changed", async () => {
    const { exit, problems } = await refusalOf((session) => ({
      ...session,
      stack: { ...session.stack, preview: unreadable },
    }));
    assert.equal(exit, EXIT.refused);
    assert.equal(problems.length, 1);
  });
});
