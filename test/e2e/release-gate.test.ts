import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { createProject, type Project } from "../engine/project.ts";
import { HOSTILE } from "../policies/hostile.ts";
import { SHAPES, shapeName } from "../policies/hostile-shapes.ts";
import { resultOf } from "./commands.ts";
import { copyVersion, openWorld, type Ran, ROOT, runbook, standing, type World } from "./world.ts";

const IMAGE = "registry.example.com/app";
const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;
const DAY = 86_400_000;

const networkSchema = z.object({
  config: z.object({
    "production-runbooks:network": z.object({
      vpcId: z.string(),
      subnetIds: z.array(z.string()),
      clientSecurityGroupIds: z.array(z.string()),
    }),
  }),
});

describe("what stands before a change, on the real engine", function () {
  this.timeout(600_000);
  let world: World;
  let room: string;
  let release: string;
  let commit: string;
  let verify: string[];

  before(async () => {
    room = await realpath(await mkdtemp(join(tmpdir(), "release-gate-")));
    world = await openWorld();
    await cutRelease(join(room, "app"));
  });
  after(async () => {
    await world.down();
    await rm(room, { recursive: true, force: true });
  });

  const ended = (ran: Ran, code: number, ...said: RegExp[]): string => {
    const text = ran.stdout + ran.stderr;
    assert.equal(ran.code, code, text);
    for (const one of said) assert.match(text, one);
    return text;
  };

  const git = (folder: string, ...args: string[]) =>
    execFileSync("git", ["-C", folder, "-c", "user.name=a", "-c", "user.email=a@b.c", ...args], {
      encoding: "utf8",
      stdio: "pipe",
    }).trim();
  /** The application's repository, an image that was built from it, and the manifest. */
  const cutRelease = async (app: string): Promise<void> => {
    await copyVersion("v1", app);
    git(room, "init", "-q", "--bare", "remote");
    git(app, "init", "-q", "-b", "main");
    git(app, "remote", "add", "origin", join(room, "remote"));
    git(app, "add", ".");
    git(app, "commit", "-qm", "the release");
    git(app, "push", "-q", "origin", "main");
    commit = git(app, "rev-parse", "HEAD");
    const built = await world.runbook("sandbox", "build", app, "--name", IMAGE);
    const migrations = ["--migrations", join(app, "migrations")];
    const image = ["--image", built.stdout.trim(), "--version", "2026.11.24-1"];
    const manifest = await world.runbook("manifest", ...image, ...migrations);
    ended(manifest, 0, new RegExp(`commit: "?${commit}`));
    release = await world.file("gate.yaml", manifest.stdout);
    verify = ["verify-release", ...migrations, "--repository", app];
  };
  const status = (name: string, state: "passed" | "failed") =>
    world.file(name, JSON.stringify({ commit, checks: [{ name: "test", state }] }));

  it("init writes files that doctor and a preview under the policies agree with", async () => {
    const text = await readFile(join(ROOT, "Pulumi.staging.yaml"), "utf8");
    const network = networkSchema.parse(parse(text)).config["production-runbooks:network"];
    const names = ["--domain", "shop.example.com", "--on-call", "grace", "--region", "eu-west-1"];
    const where = ["--vpc", network.vpcId, "--subnets", network.subnetIds.join(), "--security-groups"];
    const args = [...names, ...where, network.clientSecurityGroupIds.join(), "--directory", room];
    ended(await world.runbook("init", ...args), 0, /wrote .*Pulumi\.production\.yaml[\s\S]*runbook sandbox up/);
    ended(await world.runbook("init", ...args), 2, /already exists: --force/);
    ended(await world.runbook("doctor"), 0, /Everything is in order/);
    const file = join(room, "Pulumi.staging.yaml");
    const how = ["--stack", "staging", "--config-file", file, "--policy-pack", "policies"];
    ended(await world.pulumi("preview", ...how), 0, /✅ production-runbooks/);
  });

  it("doctor says within seconds what nobody answers, and everything else as it is", async () => {
    const silent = createServer(() => undefined).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const address = silent.address();
    assert.ok(address !== null && typeof address !== "string");
    try {
      const env = { ...world.env, AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${address.port}` };
      const found = await runbook(["doctor", "--stack", "staging", "--records", "s3://records/team"], env);
      const text = ended(found, 2, /NO {2}records of staging +can't be looked at: no answer within 3 s/);
      assert.equal(text.match(/^NO /gm)?.length, 1, text);
    } finally {
      silent.closeAllConnections();
      silent.close();
    }
  });

  it("verify-release lets a release through where every line holds", async () => {
    const ci = await status("ci.json", "passed");
    const text = ended(await world.runbook(...verify, "--release", release, "--ci-status", ci), 0);
    assert.match(text, /2026\.11\.24-1 is ready to be deployed/);
    assert.match(text, /ok {2}preview of production +no policy is violated/);
    assert.equal(text.match(/^ok /gm)?.length, 17, text);
  });

  it("verify-release names each line that doesn't hold, with its remedy", async () => {
    await writeFile(join(room, "app/left-over.txt"), "");
    const other = (await readFile(release, "utf8")).replace(commit, "4f8cd63d581c257f");
    const elsewhere = await world.file("elsewhere.yaml", other);
    const ci = await status("failed.json", "failed");
    const args = ["--release", elsewhere, "--ci-status", ci, "--stack", "staging"];
    const broken = ended(await world.runbook(...verify, ...args), 2, /4 of 13 checks failed/);
    assert.match(broken, /clean tree: commit or remove them/);
    assert.match(broken, /manifest's commit: git fetch, .* git switch --detach 4f8cd63d581c/);
    assert.match(broken, /CI green for this commit: let CI run for this commit/);
    assert.match(broken, /image built from this commit: build it with --label/);
    await rm(join(room, "app/left-over.txt"));
  });

  it("refuses with 3 what would lose a protected resource, says what to take back, and changes nothing", async () => {
    const before = await standing(world, "staging");
    const renamed = await world.settings("staging", { "production-runbooks:application": { name: "shop" } });
    const deploy = ["deploy", "--stack", "staging", "--release", release, "--config-file", renamed];
    const text = ended(await world.runbook(...deploy), 3, /a policy was violated; nothing was changed/);
    assert.match(
      text,
      /protected-state: aws:elasticache\/replicationGroup:ReplicationGroup app-staging would be deleted or replaced, and what it holds lost: take back the setting/,
    );
    const plain = ["--stack", "staging", "--config-file", renamed, "--policy-pack", "policies"];
    const up = await world.pulumi("up", "--yes", ...plain);
    assert.notEqual(up.code, 0, up.stdout);
    assert.match(up.stdout + up.stderr, /cannot be deleted\s+because it is protected/);
    assert.deepEqual(await standing(world, "staging"), before);
  });

  it("a change waits for somebody else and for its window, and an override is kept in the record", async () => {
    const as = (name: string, ...args: string[]) => runbook(args, { ...world.env, GITHUB_ACTOR: name });
    const tomorrow = DAYS[new Date(Date.now() + 2 * DAY).getUTCDay()];
    const calendar = { timeZone: "UTC", windows: [{ days: [tomorrow], from: "09:00", to: "10:00" }] };
    const approvals = { quorum: 1, expireAfter: "72h", aliases: { "Ada Lovelace": ["ada", "ada@example.com"] } };
    const rules = (changes: object) => world.settings("staging", { "production-runbooks:changes": changes });
    const deploy = ["deploy", "--stack", "staging", "--release", release, "--config-file"];

    const [from, to] = [0, 9 * DAY].map((ahead) => new Date(Date.now() + ahead).toISOString().slice(0, 16));
    const frozen = await rules({ timeZone: "UTC", freezes: [{ name: "year's end", from, to }] });
    ended(await as("ada", ...deploy, frozen), 2, /the freeze "year's end" holds from/, /--override "REASON"/);
    ended(await as("ada", ...deploy, await rules(calendar)), 2, /outside every change window .*it opens at/);

    const closed = await rules({ ...calendar, approvals });
    const asked = [...deploy, closed, "--dry-run"];
    ended(
      await as("ada", ...asked),
      0,
      /first one person other than ada must approve[\s\S]*outside every change window/,
    );
    const opened = await as("ada", ...deploy, closed, "--json");
    const id = resultOf(opened.stdout).change ?? "";
    ended(opened, 75, /1 of 1 approvals are missing: `runbook approve CHG-/);
    const approve = ["approve", id, "--stack", "staging"];
    for (const author of ["ada", " ＡDA", "Ada Lovelace", "ada@EXAMPLE.com"]) {
      ended(await as("ada", ...approve, "--as", author), 2, /is the author \(ada\): somebody else must approve/);
    }
    ended(await as("grace", ...approve, "--reason", "read the plan"), 0, /1 of 1 approvals: run `runbook resume/);
    ended(await as("ada", "resume", "--stack", "staging"), 75, /outside every change window/);
    assert.equal((await world.status("staging")).releases.length, 1);

    const resume = ["resume", "--stack", "staging", "--wait", "--override", "the customer waits"];
    ended(await as("grace", ...resume), 0, /the change rules are overridden: the customer waits \(grace\)/);
    assert.deepEqual(
      (await world.status("staging")).releases.map(({ version, weight }) => [version, weight]),
      [["2026.11.24-1", 100]],
    );
    const shown = await world.runbook("records", "show", id);
    ended(shown, 0, /approved by grace: read the plan/, /overridden: the customer waits \(grace\)/);
    ended(await world.runbook("records", "verify", id), 0, /the chain is intact/);
  });
});

describe("the pack on other people's programs, on the real engine", function () {
  this.timeout(120_000);
  let project: Project;
  const preview = async (program: string) => {
    project.write("infra/index.ts", `import ${JSON.stringify(join(ROOT, "test/e2e/programs", program))};\n`);
    return project.pulumi("preview", "--stack", "dev", "--policy-pack", join(ROOT, "policies"));
  };
  before(async () => {
    project = await createProject("");
  });
  after(() => project.remove());

  const refuses = (output: string, cases: typeof HOSTILE) => {
    for (const { what, policy, mend } of cases) {
      assert.match(output, mend, what);
      assert.ok(output.includes(`  ${policy}  (`), `${what}: ${policy}`);
    }
    assert.doesNotMatch(output, /hunter2|sb_secret_of_a_real/);
  };
  const WHOLE_STACK = "session-wiring";
  /** Each shape's policy is named with one of the shape's own resources. */
  const refusesShapes = (output: string, wanted: (policy: string) => boolean) => {
    for (const [index, { what, made, wrong, policy, mend }] of SHAPES.entries()) {
      if (!wanted(policy)) continue;
      const told = made(wrong).map((fixture) => `  ${policy}  (${fixture.type}: ${shapeName(index, fixture)})`);
      assert.ok(
        told.some((line) => output.includes(line)),
        `${what}: ${policy}`,
      );
      assert.match(output, mend, what);
    }
  };

  it("refuses everything hostile at once, each with what to do", async () => {
    const { code, output } = await preview("hostile.ts");
    assert.notEqual(code, 0, output);
    refuses(
      output,
      HOSTILE.filter(({ policy }) => policy !== WHOLE_STACK),
    );
    refusesShapes(output, (policy) => policy !== WHOLE_STACK);
  });

  it("refuses sessions in memory by default, which only the whole program shows, once nothing else is wrong", async () => {
    await project.pulumi("config", "set", "only", WHOLE_STACK, "--stack", "dev");
    const { code, output } = await preview("hostile.ts");
    assert.notEqual(code, 0, output);
    refuses(
      output,
      HOSTILE.filter(({ policy }) => policy === WHOLE_STACK),
    );
    refusesShapes(output, (policy) => policy === WHOLE_STACK);
  });

  it("is content with every one of those shapes without its fault", async () => {
    await project.pulumi("config", "rm", "only", "--stack", "dev");
    const { code, output } = await preview("compliant.ts");
    assert.equal(code, 0, output);
    assert.doesNotMatch(output, /\[mandatory\]/);
  });

  it("is silent on a program without sessions", async () => {
    const { code, output } = await preview("unrelated.ts");
    assert.equal(code, 0, output);
    assert.match(output, /✅ production-runbooks/);
  });
});
