import assert from "node:assert/strict";
import { z } from "zod";
import {
  HEADER_VARIABLE,
  headersIn,
  keyedHeader,
  RELEASE_HEADER,
  releaseIn,
} from "../../infra/domain/release-header.ts";
import type { Scenario } from "./scenario.ts";
import { deployed, nothingToDo, standing, underLoad } from "./steps.ts";
import type { World } from "./world.ts";

const headerSchema = z.object({ name: z.string(), value: z.string() });
const routeSchema = z.object({
  spec: z.object({
    rules: z.array(
      z.object({ matches: z.array(z.object({ headers: z.array(headerSchema).default([]) })).default([]) }),
    ),
  }),
});

/** The values that the route takes. */
async function headersOf(world: World) {
  const path = "/apis/gateway.networking.k8s.io/v1/namespaces/app-staging/httproutes/app";
  const route = await world.objects.get(path, routeSchema);
  const rules = route?.spec.rules ?? [];
  return headersIn(
    rules.map(({ matches }) => {
      const headers = matches.flatMap(({ headers }) => headers);
      const header = headers.find(({ name }) => name === RELEASE_HEADER)?.value ?? null;
      return { header, release: header === null ? null : releaseIn(header) };
    }),
  );
}

/** A stack as outside the sandbox: its first update brings the key, and a release is deployed with it. */
export const releaseKey: Scenario = {
  name: "release-key",
  title:
    "a stack gets the key of its release header, under load: an id picks no release, answers name none, the export hides it",
  stages: ["staging"],
  on: ["stand-ins", "real parts"],
  async play(world) {
    const { url, hostname } = await world.gateway("staging");
    const answeredBy = async (release: string | null) => {
      const more = release === null ? {} : { release };
      const answer = await world.request(new URL("/api/health", url), { method: "GET", hostname, cookie: "", ...more });
      assert.equal(answer.status, 200);
      return answer.servedBy;
    };
    const [first] = (await world.status("staging")).releases;
    assert.ok(first);
    assert.equal(await answeredBy(null), first.id);
    await underLoad(world, "staging", async () => {
      world.env[HEADER_VARIABLE] = "keyed";
      await world.up("staging");
      await deployed(world, "2026.11.23-1");
    });
    await nothingToDo(world, "staging", "after the deploy");
    const { values, byWeight } = await headersOf(world);
    assert.ok(byWeight !== null);
    const serving = (await world.status("staging")).releases.find(({ weight }) => weight === 100)?.id;
    const ids = [...values.keys()];
    for (const asked of [null, ...ids, ...ids.map((id) => keyedHeader(id, "guessed"))]) {
      assert.equal(await answeredBy(asked), null, "an answer to a user names its release");
    }
    for (const [id, value] of values) assert.equal(await answeredBy(value), id);
    assert.equal(await answeredBy(byWeight), serving);
    const shown = [
      await world.pulumi(["stack", "export", "--stack", "staging"]),
      await world.runbook(["records", "list"]),
    ];
    for (const value of [...values.values(), byWeight]) {
      assert.ok(!shown.some(({ stdout, stderr }) => `${stdout}${stderr}`.includes(value)), "a value is shown in clear");
    }
    return { stands: await standing(world, "staging") };
  },
};
