import assert from "node:assert/strict";
import { join } from "node:path";
import { z } from "zod";
import { credentialsIn } from "../../infra/changes/stack/credentials.ts";
import { leakInWords, leakScan, type Scanned, type Sought } from "../../infra/secrets/leak-scan.ts";
import { soughtIn } from "../../infra/tasks/scan.ts";
import { filesIn, type ProcessWatch, watchProcesses } from "./leak-watch.ts";
import { openWorld, type Ran, ROOT, type World } from "./world.ts";

const SANDBOX = join(ROOT, ".sandbox-e2e");
const statusSchema = z.object({
  secrets: z.object({ REDIS_URL: z.object({ current: z.string(), previous: z.string().nullable() }) }),
});

describe("a rotation on the real engine", function () {
  this.timeout(900_000);
  let processes: ProcessWatch;
  let world: World;
  let rotated: Ran;

  before(async () => {
    processes = watchProcesses(ROOT);
    world = await openWorld();
    const why = ["--reason", "the yearly turn"];
    rotated = await world.runbook("rotate", "REDIS_URL", "--stack", "staging", "--wait", "--yes", "--json", ...why);
  });
  after(async () => {
    processes.end();
    await world?.down();
  });

  it("ends with the new generation current, and the old one revoked, refused and looked for everywhere", async () => {
    assert.equal(rotated.code, 0, rotated.stdout.slice(-3_000) + rotated.stderr);
    for (const said of [/a login with it is refused/, /has connected anew/, /values stands in \d+ places/]) {
      assert.match(rotated.stdout, said);
    }
    const status = await world.runbook("status", "--stack", "staging", "--json");
    const { current, previous } = statusSchema.parse(JSON.parse(status.stdout)).secrets.REDIS_URL;
    assert.deepEqual([current, previous], ["g2", "g1"]);
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
    for (const kind of ["process", "file records", "file pods", "file pulumi-state"]) {
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
});
