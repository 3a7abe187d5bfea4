import assert from "node:assert/strict";
import { join } from "node:path";
import { z } from "zod";
import { leakInWords, leakScan, type Scanned, type Sought } from "../../infra/records/redaction/leak-scan.ts";
import { soughtIn } from "../../infra/runbooks/rotate/scan.ts";
import { credentialsIn } from "../../infra/stack/credentials.ts";
import type { LoadStats } from "../../verification/load/load.ts";
import { stepsBefore } from "../../verification/rotations/call-off.ts";
import { LANE, LANE_SANDBOX } from "../lanes.ts";
import { lostNothing } from "./commands.ts";
import { filesIn, type ProcessWatch, watchProcesses } from "./leak-watch.ts";
import { openWorld, type Ran, ROOT, type World } from "./world.ts";

const SANDBOX = join(ROOT, LANE_SANDBOX);
const statusSchema = z.object({
  change: z.unknown(),
  secrets: z.object({
    REDIS_URL: z.object({ current: z.string(), pending: z.string().nullable(), previous: z.string().nullable() }),
  }),
  rollbackTargets: z.array(z.object({ legal: z.boolean(), why: z.string() })),
});

describe("a rotation on the real engine", function () {
  this.timeout(900_000);
  let processes: ProcessWatch;
  let world: World;
  let rotated: Ran;
  let met: LoadStats;

  before(async () => {
    processes = watchProcesses(ROOT, LANE);
    world = await openWorld();
    const why = ["--reason", "the yearly turn"];
    const load = await world.load("staging");
    rotated = await world.runbook("rotate", "REDIS_URL", "--stack", "staging", "--wait", "--yes", "--json", ...why);
    met = await load.stop();
  });
  after(async () => {
    processes.end();
    await world?.down();
  });

  it("ends with the new generation current, and the old one revoked, refused and looked for everywhere", async () => {
    assert.equal(rotated.code, 0, rotated.stdout.slice(-3_000) + rotated.stderr);
    for (const said of [
      /a login with it is refused/,
      /has reconnected/,
      /in the logs of \d+ pods/,
      /values was found in \d+ places/,
    ]) {
      assert.match(rotated.stdout, said);
    }
    const status = await world.runbook("status", "--stack", "staging", "--json");
    const { change, secrets, rollbackTargets } = statusSchema.parse(JSON.parse(status.stdout));
    assert.equal(change, null);
    assert.deepEqual(secrets.REDIS_URL, { current: "g2", pending: null, previous: "g1" });
    assert.match(rollbackTargets.find(({ legal }) => !legal)?.why ?? "", /REDIS_URL g1 was revoked in CHG-/);
    const preview = await world.pulumi("preview", "--stack", "staging", "--expect-no-changes");
    assert.equal(preview.code, 0, preview.stdout + preview.stderr);
  });

  it("is read by `npm run test:rotations`, which calls the next one off at each of its steps that has a way back", async () => {
    assert.deepEqual(await stepsBefore({ shell: world.env }), [
      "pend",
      "release",
      "canary-100",
      "drain",
      "current",
      "soak",
      "search",
      "retire",
      "proven",
    ]);
  });

  it("has lost no request, no session and no WebSocket", () => {
    lostNothing(met, 500);
  });

  it("has left no value in any output, export, process or file outside the encrypted state", async () => {
    const shown = await world.pulumi("stack", "export", "--show-secrets", "--stack", "staging");
    const sought: Sought[] = soughtIn(credentialsIn(shown.stdout));
    assert.ok(sought.some(({ name }) => name === "REDIS_URL g2"));
    const plain = await world.pulumi("stack", "export", "--stack", "staging");
    const preview = await world.pulumi("preview", "--diff", "--stack", "staging");
    const list = await world.runbook("records", "list");
    const texts: Scanned[] = [
      { place: "the runner's output", text: rotated.stdout + rotated.stderr },
      { place: "the stack's export", text: plain.stdout + plain.stderr },
      { place: "a preview", text: preview.stdout + preview.stderr },
      { place: "the list of records", text: list.stdout + list.stderr },
      ...processes.end(),
      // The images hold the packages and the workload's sources; what the sandbox plays is in those.
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

  it("would have been found out by the same scan", async () => {
    const shown = await world.pulumi("stack", "export", "--show-secrets", "--stack", "staging");
    const leaks = leakScan(soughtIn(credentialsIn(shown.stdout)))([
      { place: "an export with secrets", text: shown.stdout },
    ]);
    assert.ok(leaks.some(({ secret }) => secret === "REDIS_URL g2"));
  });

  it("leaves a version that somebody else made alone: the runbook refuses with 2, a plain update warns", async () => {
    const made = await world.runbook("sandbox", "fault", "unmanaged-version", "AFM_KEY", "--stack", "staging");
    assert.equal(made.code, 0, made.stderr);
    const preview = await world.pulumi("preview", "--stack", "staging", "--expect-no-changes");
    assert.equal(preview.code, 0, preview.stdout + preview.stderr);
    assert.match(
      preview.stdout + preview.stderr,
      /staging\/AFM_KEY: version \S+ \(AWSCURRENT\) was made outside this program/,
    );
    const refused = await world.runbook("rotate", "AFM_KEY", "--stack", "staging");
    assert.equal(refused.code, 2, refused.stdout);
    assert.match(refused.stderr, /AFM_KEY/);
  });
});
