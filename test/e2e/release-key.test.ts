import assert from "node:assert/strict";
import { once } from "node:events";
import { get } from "node:http";
import { join } from "node:path";
import { z } from "zod";
import { keyedHeader } from "../../infra/domain/release-header.ts";
import { leakInWords, leakScan, type Scanned } from "../../infra/records/redaction/leak-scan.ts";
import type { LoadStats } from "../../verification/load/statistics.ts";
import { LANE, LANE_SANDBOX } from "../lanes.ts";
import { lostNothing } from "./commands.ts";
import { filesIn, type ProcessWatch, watchProcesses } from "./leak-watch.ts";
import { openWorld, pulumi, type Ran, ROOT, runbook, type World } from "./world.ts";

const SANDBOX = join(ROOT, LANE_SANDBOX);
const resourceSchema = z.object({ type: z.string(), urn: z.string(), outputs: z.unknown().optional() });
const exportSchema = z.object({ deployment: z.object({ resources: z.array(resourceSchema) }) });
const revealedSchema = z.object({ result: z.object({ plaintext: z.string() }) });

describe("a stack on which only its own key names a release, on the real engine", function () {
  this.timeout(900_000);
  let processes: ProcessWatch;
  let world: World;
  let keyed: NodeJS.ProcessEnv;
  let previewed: Ran;
  let first: Ran;
  let deployed: Ran;
  let met: LoadStats;
  let key: string;
  let stable: string;

  const headers = async (header: string | null) => {
    const { gateway } = (await world.stacks()).staging;
    const asked = header === null ? {} : { "x-runbooks-release": header };
    const [answer] = await once(get(`${gateway}/api/health`, { headers: asked, agent: false }), "response");
    answer.resume();
    return { status: answer.statusCode, release: answer.headers["x-runbooks-release"] };
  };

  before(async () => {
    processes = watchProcesses(ROOT, LANE);
    world = await openWorld();
    stable = (await world.status("staging")).releases[0]?.id ?? assert.fail();
    assert.deepEqual(await headers(stable), { status: 200, release: stable });
    // As outside the sandbox: nothing says that any client may name a release.
    keyed = { ...world.env, RUNBOOKS_RELEASE_HEADER: "" };
    previewed = await pulumi(["preview", "--policy-pack", "policies", "--stack", "staging"], keyed);
    first = await pulumi(["up", "--yes", "--skip-preview", "--stack", "staging"], keyed);
    assert.equal(first.code, 0, first.stdout + first.stderr);
    const shown = await world.pulumi("stack", "export", "--show-secrets", "--stack", "staging");
    const { resources } = exportSchema.parse(JSON.parse(shown.stdout)).deployment;
    const minted = resources.find(({ urn }) => urn.endsWith("::app-staging-release-key"));
    key = z.string().parse(JSON.parse(revealedSchema.parse(minted?.outputs).result.plaintext));
    const release = await world.release("v2", "2026.11.26-1");
    const load = await world.load("staging");
    deployed = await runbook(["deploy", "--stack", "staging", "--release", release, "--wait", "--json"], keyed);
    met = await load.stop();
  });
  after(async () => {
    processes.end();
    await world?.down();
  });

  it("gets the key with the first update, which the policies judge before there is one, and none with the next", async () => {
    assert.equal(previewed.code, 0, previewed.stdout + previewed.stderr);
    assert.match(previewed.stdout, /app-staging-release-key/);
    const again = await pulumi(["preview", "--expect-no-changes", "--stack", "staging"], keyed);
    assert.equal(again.code, 0, again.stdout + again.stderr);
    assert.equal(key.length, 64);
  });

  it("deploys a release as without one: gates, read-back and canary pass, and no user's request fails", () => {
    assert.equal(deployed.code, 0, deployed.stdout.slice(-3_000) + deployed.stderr);
    assert.match(deployed.stdout, /the route, the pods and the answers agree/);
    lostNothing(met, 100);
  });

  it("routes a client that names a release by its id as any user, and tells users of none", async () => {
    const { releases } = await world.status("staging");
    const fresh = releases.find(({ weight }) => weight === 100)?.id ?? assert.fail();
    assert.notEqual(fresh, stable);
    // The release before has left the stack, and its value with it.
    for (const header of [null, stable, fresh, keyedHeader(fresh, "guessed"), keyedHeader(stable, key)]) {
      assert.deepEqual(await headers(header), { status: 200, release: undefined });
    }
    assert.deepEqual(await headers(keyedHeader(fresh, key)), { status: 200, release: fresh });
    assert.deepEqual(await headers(keyedHeader(null, key)), { status: 200, release: fresh });
  });

  it("has left neither the key nor a value in any output, record, process or file but the cluster's own route", async () => {
    const { releases } = await world.status("staging");
    const plain = await world.pulumi("stack", "export", "--stack", "staging");
    const preview = await pulumi(["preview", "--diff", "--stack", "staging"], keyed);
    const outputs = await world.pulumi("stack", "output", "--json", "--stack", "staging");
    const proof = (header: string) => header.split(".")[1] ?? assert.fail();
    const sought = [
      { name: "the key", value: key },
      ...[...releases.map(({ id }) => id), null].map((id) => ({
        name: `the value of ${id ?? "the weights"}`,
        value: proof(keyedHeader(id, key)),
      })),
    ];
    const texts: Scanned[] = [
      { place: "the first preview", text: previewed.stdout + previewed.stderr },
      { place: "the first update", text: first.stdout + first.stderr },
      { place: "the runner's output", text: deployed.stdout + deployed.stderr },
      { place: "the stack's export", text: plain.stdout + plain.stderr },
      { place: "a preview", text: preview.stdout + preview.stderr },
      { place: "the outputs", text: outputs.stdout },
      ...processes.end(),
      ...filesIn(SANDBOX, [join(SANDBOX, "images")]),
    ];
    for (const kind of ["process", "pod", "file records", "file pods", "file pulumi-state"]) {
      assert.ok(
        texts.some(({ place }) => place.startsWith(kind)),
        `nothing of ${kind} was looked through`,
      );
    }
    assert.deepEqual(leakScan(sought)(texts).map(leakInWords), []);
  });
});
