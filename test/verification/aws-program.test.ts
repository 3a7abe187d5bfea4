import assert from "node:assert/strict";
import { z } from "zod";
import { STAGES, type Stage } from "../../sandbox/cloud/accounts.ts";
import { judged } from "../../verification/aws/judge.ts";
import { MUTATIONS } from "../../verification/aws/mutations.ts";
import { lifeOf, type Resource } from "../../verification/iam/graph.ts";
import { committed, runProgram } from "../../verification/mocks/program.ts";
import { resolved, revealed } from "../../verification/mocks/world.ts";

const props = z.record(z.string(), z.json());
/** The longest name, and an owner with everything that the settings let pass. */
const NAME = "an-application-called";
const OWNER = "Zoë_Ärzte 2.:/=+-@";

async function resourcesOf(stage: Stage): Promise<Resource[]> {
  const settings = committed(stage);
  const application = { ...z.looseObject({}).parse(settings.application), name: NAME };
  const { world, outputs } = await runProgram({
    settings: { ...settings, application, onCall: OWNER },
    world: { stack: stage },
  });
  await resolved(outputs.releaseState);
  return world.registered
    .filter(({ type }) => type.startsWith("aws:"))
    .map(({ type, name, inputs }) => ({ type, name, inputs: props.parse(revealed(inputs)) }));
}

const breachesIn = (operations: Parameters<typeof judged>[0]): string[] =>
  judged(operations).flatMap(({ breaches }) => breaches.map(({ rule, why }) => `rule ${rule}: ${why}`));

describe("what the program makes on AWS", function () {
  this.timeout(60_000);

  for (const stage of STAGES) {
    it(`has no text that AWS refuses on ${stage}, with the longest name and any owner that the settings take`, async () => {
      const made = (await resourcesOf(stage)).flatMap((resource) => lifeOf(resource).slice(0, 1));
      assert.ok(made.length > 30, String(made.length));
      assert.deepEqual(breachesIn(made), []);
      for (const id of ["apostrophe", "long-group-id", "owner-tag"]) {
        const mutation = MUTATIONS.find((one) => one.id === id);
        assert.ok(mutation, id);
        assert.match(breachesIn(mutation.mutated(made)).join("\n"), mutation.found, id);
      }
    });
  }
});
