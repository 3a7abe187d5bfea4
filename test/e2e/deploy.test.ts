import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { stringify } from "yaml";
import { z } from "zod";
import { parseManifest } from "../../infra/cli/manifest-file.ts";
import { smallDisk } from "../disk.ts";
import { eventsIn, lostNothing, race, resultOf, until } from "./commands.ts";
import { openWorld, program, ROOT, runbook, standing, type World } from "./world.ts";

const provenSchema = z.object({
  manifest: z.object({ migrations: z.array(z.object({ id: z.string() })) }),
  proven: z.array(z.string()),
});

describe("deploy and promote on the real engine", function () {
  this.timeout(600_000);
  let world: World;
  const stackFiles = () =>
    Promise.all(["staging", "production"].map((stack) => readFile(join(ROOT, `Pulumi.${stack}.yaml`), "utf8")));
  let committed: string[];
  before(async () => {
    committed = await stackFiles();
    world = await openWorld();
  });
  after(async () => {
    await world.down();
  });

  const noChanges = async () => {
    const args = ["preview", "--stack", "production", "--expect-no-changes"];
    let preview = await world.pulumi(...args);
    // The file backend's checkpoint may be read while the engine writes it, which isn't a change.
    while (/failed to load checkpoint/.test(preview.stderr)) preview = await world.pulumi(...args);
    assert.equal(preview.code, 0, preview.stdout + preview.stderr);
  };

  it("a plain preview changes nothing, and no stack file was touched", async () => {
    await noChanges();
    assert.deepEqual(await stackFiles(), committed);
  });

  it("writes a manifest whose downs are proven on the sandbox's Postgres, and refuses one that isn't true", async () => {
    const args = ["manifest", "--image", `app@sha256:${"a".repeat(64)}`, "--version", "1", "--prove", "--json"];
    const folder = join(ROOT, "sandbox/app/versions/v2/migrations");
    const { code, stdout, stderr } = await world.runbook(...args, "--migrations", folder);
    assert.equal(code, 0, stderr);
    const { proven, manifest } = provenSchema.parse(JSON.parse(stdout));
    assert.deepEqual(
      proven,
      manifest.migrations.map(({ id }) => id),
    );
    const bad =
      "-- phase: expand\n-- reversible: yes\n-- Up Migration\ncreate table t (n int);\n-- Down Migration\nselect 1;\n";
    const file = await world.file("0001_bad.sql", bad);
    const refused = await world.runbook(...args, "--migrations", dirname(file));
    assert.equal(refused.code, 2, refused.stdout);
    assert.match(refused.stderr, /0001_bad\.sql:5: error down-differs: [\s\S]*\+ column public\.t\.n integer/);
  });

  it("refuses bad input before anything changes", async () => {
    const v2 = await readFile(await world.release("v2", "2026.11.23-1"), "utf8");
    const manifest = parseManifest(v2, "v2.yaml");
    const [first, ...rest] = manifest.migrations;
    assert.ok(first);
    const bad: [string, string, RegExp][] = [
      ["tag", stringify({ ...manifest, image: "registry.example.com/app:v2" }), /is not pinned by digest/],
      ["missing", stringify({ ...manifest, migrations: rest }), /is applied in the database but missing/],
      ["twice", stringify({ ...manifest, migrations: [first, ...manifest.migrations] }), /list each migration once/],
      ["order", stringify({ ...manifest, migrations: manifest.migrations.toReversed() }), /keep the applied order/],
      [
        "hash",
        stringify({ ...manifest, migrations: [{ ...first, sha256: "0".repeat(64) }, ...rest] }),
        /has changed since it was applied/,
      ],
      [
        "image",
        stringify({ ...manifest, image: `registry.example.com/app@sha256:${"9".repeat(64)}` }),
        /is not in the sandbox/,
      ],
    ];
    for (const [name, text, message] of bad) {
      const ran = await world.runbook(
        "deploy",
        "--stack",
        "staging",
        "--release",
        await world.file(`${name}.yaml`, text),
      );
      assert.match(ran.stderr, message, name);
      assert.equal(ran.code, 2, `${name}: ${ran.stderr}`);
    }
    const unknown = await world.runbook("deploy", "--stack", "moon", "--release", await world.file("v2.yaml", v2));
    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, /there is no stack "moon"/);
    const nobody = await world.runbook(
      "deploy",
      "--stack",
      "staging",
      "--release",
      await world.file("v2.yaml", v2),
      "--on-call",
      " ",
    );
    assert.equal(nobody.code, 2);
    assert.match(nobody.stderr, /no owner is named/);
    const early = await world.runbook("deploy", "--stack", "production", "--release", await world.file("v2.yaml", v2));
    assert.equal(early.code, 2);
    assert.match(early.stderr, /hasn't passed on staging/);
    assert.equal((await world.status("staging")).releases.length, 1);
  });

  it("refuses a record store that is full, read-only, limited or out of reach, before anything changes", async () => {
    const release = await world.release("v2", "2026.11.23-1");
    const args = ["deploy", "--stack", "staging", "--release", release, "--json"];
    const refused = async (env: NodeJS.ProcessEnv, message: RegExp) => {
      const { code, stdout, stderr } = await runbook(args, { ...world.env, ...env });
      assert.equal(code, 2, stdout + stderr);
      assert.match(stderr, message);
      assert.equal(resultOf(stdout).change, null);
    };
    const s3 = { RUNBOOKS_RECORDS: "s3://records/team", AWS_ENDPOINT_URL_S3: "http://127.0.0.1:1" };
    await refused(s3, /s3:\/\/records\/team.* can't be reached/);
    const disk = await smallDisk(64);
    const RUNBOOKS_RECORDS = pathToFileURL(disk.folder).href;
    try {
      if (disk.kind === "tmpfs") await refused({ RUNBOOKS_RECORDS }, /is full: make room/);
      await disk.readOnly();
      await refused({ RUNBOOKS_RECORDS }, /is read-only|may not be written/);
    } finally {
      await disk.writable();
      await disk.remove();
    }
    const limited = ["-c", 'ulimit -f 512 && exec "$0" "$@"', process.execPath, join(ROOT, "bin/runbook.ts"), ...args];
    const { code, stderr } = await program("bash", limited, world.env);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /raise the limit \(ulimit -f\)/);
    assert.equal((await world.status("staging")).change, null);
  });

  it("deploys v2 to staging: begun twice, it runs once; it waits with 75, and is busy for others", async () => {
    const v2 = await world.release("v2", "2026.11.23-1");
    const first = await race(world, "deploy", "--stack", "staging", "--release", v2);
    assert.equal(first.code, 75, first.stderr);
    assert.equal(resultOf(first.stdout).exit, 75);
    const { change } = await world.status("staging");
    assert.equal(change?.step, "soak");
    const v3 = ["deploy", "--stack", "staging", "--release", await world.release("v3", "2026.11.24-1")] as const;
    const other = await world.runbook(...v3);
    assert.equal(other.code, 4, other.stderr);
    assert.match(other.stderr, new RegExp(`held by ${change?.id}`));
    const told = await world.runbook(...v3, "--supersede", "--dry-run");
    assert.equal(told.code, 0, told.stderr);
    assert.match(told.stdout, new RegExp(`^${change?.id} is under way on staging: it would be aborted first`));
    assert.equal((await world.status("staging")).change?.id, change?.id);
  });

  it("goes on where the clock has jumped back: it waits, and notes it", async () => {
    const { change } = await world.status("staging");
    const yesterday = ["--import", join(ROOT, "test/e2e/yesterday.ts"), join(ROOT, "bin/runbook.ts")];
    const early = await program(process.execPath, [...yesterday, "resume", "--stack", "staging"], world.env);
    assert.equal(early.code, 75, early.stdout + early.stderr);
    const shown = await world.runbook("records", "show", change?.id ?? "", "--json");
    assert.match(shown.stdout, /the clock had gone back to/);
  });

  it("ends under resume, called twice, while its pods are killed", async () => {
    const { change } = await world.status("staging");
    const resumed = race(world, "resume", "--stack", "staging", "--wait");
    const { pods } = (await world.stacks()).staging;
    const killed = new Set<string>();
    for (const { release, pid } of pods) {
      // One of each release: a release that loses all its pods is rightly taken back.
      if (pid === null || killed.has(release)) continue;
      killed.add(release);
      process.kill(pid, "SIGKILL");
    }
    const { code, stdout, stderr } = await resumed;
    assert.equal(killed.size, 2);
    assert.equal(code, 0, stdout + stderr);
    const { releases } = await world.status("staging");
    assert.deepEqual(
      releases.map(({ version, weight, ready, desired }) => [version, weight, ready === desired]),
      [["2026.11.23-1", 100, true]],
    );
    const verified = await world.runbook("records", "verify", change?.id ?? "");
    assert.match(verified.stdout, /the chain is intact/);
  });

  it("promotes v2 under load: nothing is lost, and a preview in mid-canary changes nothing", async () => {
    const load = await world.load("production");
    const promoted = race(world, "promote", "--from", "staging", "--to", "production", "--wait");
    await until("a release in mid-canary", 240, async () => {
      const { releases } = await world.status("production");
      return releases.some(({ weight }) => weight > 0 && weight < 100);
    });
    await noChanges();
    const { code, stdout, stderr } = await promoted;
    const stats = await load.stop();
    assert.equal(code, 0, stdout + stderr);
    lostNothing(stats, 2_000);
    const { releases } = await world.status("production");
    assert.deepEqual(
      releases.map(({ version, weight }) => [version, weight]),
      [["2026.11.23-1", 100]],
    );
    await noChanges();
  });

  it("stops v3 in production's canary and leaves the stack as it was", async () => {
    const deployed = await world.runbook(
      "deploy",
      "--stack",
      "staging",
      "--release",
      await world.release("v3", "2026.11.24-1"),
      "--wait",
    );
    assert.equal(deployed.code, 0, deployed.stdout + deployed.stderr);
    const before = await standing(world, "production");
    const load = await world.load("production");
    const promoted = await world.runbook("promote", "--from", "staging", "--to", "production", "--wait", "--json");
    await load.stop();
    assert.equal(promoted.code, 1, promoted.stdout + promoted.stderr);
    assert.deepEqual(await standing(world, "production"), before);
    const { record } = resultOf(promoted.stdout);
    const page = await readFile((record ?? "").replace("file://", ""), "utf8");
    assert.match(page, /error-rate/);
    await noChanges();
  });

  it("takes v4 back, which never becomes ready", async () => {
    const before = await standing(world, "staging");
    const ran = await world.runbook(
      "deploy",
      "--stack",
      "staging",
      "--release",
      await world.release("v4", "2026.11.25-1"),
      "--wait",
    );
    assert.equal(ran.code, 1, ran.stdout + ran.stderr);
    assert.deepEqual(await standing(world, "staging"), before);
  });

  it("stops with 70 where the store fills in the middle of a change, and goes on when there is room", async () => {
    const release = await world.release("v2", "2026.11.25-2");
    const disk = await smallDisk(2_048);
    const env = { ...world.env, RUNBOOKS_RECORDS: pathToFileURL(disk.folder).href };
    try {
      const deployed = runbook(["deploy", "--stack", "staging", "--release", release, "--json"], env);
      await until("the engine is at work", 60, async () => (await eventsIn(disk.folder)).includes('"engine-started"'));
      await disk.fill();
      const { code, stderr } = await deployed;
      assert.equal(code, 70, stderr);
      assert.match(stderr, /is full: make room|may not be written/);
      await disk.clear();
      const aborted = await runbook(["abort", "--stack", "staging"], env);
      assert.equal(aborted.code, 0, aborted.stdout + aborted.stderr);
      assert.equal((await world.status("staging")).releases.length, 1);
    } finally {
      await disk.clear();
      await disk.remove();
    }
  });

  it("never passes while redis is down", async () => {
    const release = await world.release("v2", "2026.11.26-1");
    const impatient = await world.settings("staging", {
      "production-runbooks:gates": {
        interval: "2s",
        timeout: "20s",
        minimumRequests: 20,
        errorRate: { alpha: "0.05", hardLimitPercent: 5 },
      },
    });
    const how = ["--stack", "staging", "--config-file", impatient];
    const first = await world.runbook("deploy", ...how, "--release", release);
    assert.equal(first.code, 75, first.stdout + first.stderr);
    assert.equal((await world.runbook("sandbox", "fault", "redis", "down", "--stack", "staging")).code, 0);
    const resumed = await world.runbook("resume", ...how, "--wait");
    assert.equal((await world.runbook("sandbox", "fault", "redis", "up", "--stack", "staging")).code, 0);
    assert.equal(resumed.code, 1, resumed.stdout + resumed.stderr);
    // Which dependency it is, only a pod can say that still gets requests: soon none is ready, and the Gateway answers. The
    // release before has the same fault, so it is no reason to blame this one before the gates' time is up.
    assert.match(resumed.stdout, /gate (health|readiness|websocket) hold.* isn't ready either/);
    assert.match(resumed.stdout, /still held when their time was up/);
    assert.doesNotMatch(resumed.stdout, /round the gates together: pass/);
  });

  it("refuses settings that are wrong, all at once, with their paths", async () => {
    const changed = await world.settings("staging", {
      "production-runbooks:canary": { steps: [25, 5, 90], stepFor: "10m", checks: ["15m"] },
      "production-runbooks:soak": "two days",
      "production-runbooks:colour": "blue",
    });
    const release = await world.release("v2", "2026.11.26-1");
    const ran = await world.runbook("deploy", "--stack", "staging", "--release", release, "--config-file", changed);
    assert.equal(ran.code, 2, ran.stdout + ran.stderr);
    for (const path of ["canary.steps[1]", "canary.steps[2]", "soak", "colour"]) {
      assert.ok(ran.stderr.includes(`production-runbooks:${path}`), `${path} in ${ran.stderr}`);
    }
  });

  it("refuses shortened time against a real cluster", async () => {
    const cluster = createServer(({ url }, answer) => {
      answer.setHeader("content-type", "application/json");
      const status = { kind: "Status", apiVersion: "v1", status: "Failure", reason: "NotFound", code: 404 };
      if (url !== "/version") answer.writeHead(404);
      answer.end(JSON.stringify(url === "/version" ? { major: "1", minor: "36", gitVersion: "v1.36.3" } : status));
    }).listen(0, "127.0.0.1");
    await once(cluster, "listening");
    const address = cluster.address();
    assert.ok(address !== null && typeof address === "object");
    const kubeconfig = await world.file(
      "kubeconfig",
      stringify({
        apiVersion: "v1",
        kind: "Config",
        "current-context": "real",
        contexts: [{ name: "real", context: { cluster: "real", user: "real" } }],
        clusters: [
          { name: "real", cluster: { server: `http://127.0.0.1:${address.port}`, "insecure-skip-tls-verify": true } },
        ],
        users: [{ name: "real", user: { token: "none" } }],
      }),
    );
    try {
      const release = await world.release("v2", "2026.11.26-1");
      const env = { ...world.env, KUBECONFIG: kubeconfig };
      const ran = await runbook(["deploy", "--stack", "staging", "--release", release], env);
      assert.equal(ran.code, 2, ran.stdout + ran.stderr);
      assert.match(ran.stderr, /would shorten the soak and the checks, and the cluster \(v1\.36\.3\) is a real one/);
      const unscaled = await runbook(["deploy", "--stack", "staging", "--release", release], {
        ...env,
        RUNBOOKS_TIME_SCALE: "1",
      });
      assert.equal(unscaled.code, 2, unscaled.stdout + unscaled.stderr);
      assert.match(
        unscaled.stderr,
        /RUNBOOKS_SERVICES would send what carries tokens elsewhere, and the cluster is a real one/,
      );
      assert.match(
        unscaled.stderr,
        /RUNBOOKS_RELEASE_HEADER=plain would let any client pick a release, and the cluster is a real one/,
      );
    } finally {
      cluster.close();
    }
  });

  it("holds while Prometheus answers nonsense, then takes the release back", async () => {
    const nonsense = createServer((_, answer) => answer.end("<html>not Prometheus</html>")).listen(0, "127.0.0.1");
    await once(nonsense, "listening");
    const address = nonsense.address();
    assert.ok(address !== null && typeof address === "object");
    try {
      const changed = await world.settings("staging", {
        "production-runbooks:metrics": {
          source: "prometheus",
          url: `http://127.0.0.1:${address.port}`,
          query: "requests",
        },
        "production-runbooks:gates": {
          interval: "1s",
          timeout: "4s",
          minimumRequests: 20,
          errorRate: { alpha: "0.05", hardLimitPercent: 5 },
        },
      });
      const release = await world.release("v2", "2026.11.26-2");
      const args = ["deploy", "--stack", "staging", "--release", release, "--config-file", changed, "--wait"];
      const ran = await world.runbook(...args);
      assert.equal(ran.code, 1, ran.stdout + ran.stderr);
      assert.match(ran.stdout, /gate error-rate hold/);
      assert.match(ran.stdout, /still held when their time was up/);
    } finally {
      nonsense.close();
    }
  });

  it("refuses sessions in memory and an open redis:// by policy, with exit 3 and nothing changed", async () => {
    for (const environment of [{ SESSION_STORE: "memory" }, { REDIS_URL: "redis://cache.example.com:6379" }]) {
      const changed = await world.settings("production", { "production-runbooks:application": { environment } });
      const before = await standing(world, "production");
      const ran = await world.runbook("promote", "--from", "staging", "--to", "production", "--config-file", changed);
      assert.equal(ran.code, 3, ran.stdout + ran.stderr);
      assert.match(ran.stderr, /redis-sessions/);
      assert.deepEqual(await standing(world, "production"), before);
    }
  });
});
