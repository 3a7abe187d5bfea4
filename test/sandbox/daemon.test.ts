import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { processStart } from "../../infra/clients/process-start.mjs";
import { Refusal } from "../../infra/errors.ts";
import { pathsIn, readReady, type SandboxPaths } from "../../sandbox/cloud/state.ts";
import { build } from "../../sandbox/commands/build.ts";
import { down } from "../../sandbox/commands/down.ts";
import { env } from "../../sandbox/commands/env.ts";
import { fault } from "../../sandbox/commands/fault.ts";
import { logs } from "../../sandbox/commands/logs.ts";
import { ROOT } from "../../sandbox/commands/sandbox.ts";
import { status } from "../../sandbox/commands/status.ts";
import { up } from "../../sandbox/commands/up.ts";

const STACK_FILES = ["staging", "production"].map((stage) => join(ROOT, `Pulumi.${stage}.yaml`));

describe("the sandbox's daemon", function () {
  this.timeout(60_000);
  let paths: SandboxPaths;

  const printed = async (work: (print: (line: string) => void) => Promise<number>) => {
    const lines: string[] = [];
    const code = await work((line) => lines.push(line));
    return { code, lines };
  };
  const pids = (): number[] => readdirSync(paths.processes).map((name) => Number(name.replace(".json", "")));

  beforeEach(() => {
    paths = pathsIn(join(mkdtempSync(join(tmpdir(), "sandbox-daemon-")), ".sandbox"));
  });
  afterEach(async () => {
    await down({ paths, records: "purge" }, () => undefined);
    rmSync(join(paths.root, ".."), { recursive: true, force: true });
  });

  it("comes up with both stacks, takes faults and images, and leaves nothing running", async () => {
    const before = STACK_FILES.map((file) => readFileSync(file));
    const started = await printed((print) => up({ paths }, print));
    assert.equal(started.code, 0, started.lines.join("\n"));
    assert.deepEqual(
      STACK_FILES.map((file) => readFileSync(file)),
      before,
      "the stack files stay as they were",
    );
    const stacks = readdirSync(paths.backend, { recursive: true, encoding: "utf8" }).filter((file) =>
      /stacks\/.*\.json$/.test(file),
    );
    assert.deepEqual(stacks.map((file) => file.split("/").at(-1)).sort(), ["production.json", "staging.json"]);

    const again = await printed((print) => up({ paths }, print));
    assert.deepEqual(again, { code: 0, lines: ["the sandbox is up already"] });
    const another = await printed((print) => up({ paths, which: "new" }, print));
    assert.equal(another.code, 4);
    assert.match(another.lines.join(), /up already in .*: wait until it is no longer used, or .* sandbox down --purge/);

    const shown = await printed((print) => status({ paths, format: "json" }, print));
    const found = JSON.parse(shown.lines.join(""));
    assert.equal(found.up, true);
    assert.deepEqual(Object.keys(found.stacks), ["staging", "production"]);
    assert.match(found.stacks.staging.gateway, /^http:\/\/127\.0\.0\.1:\d+$/);
    assert.equal(found.stacks.staging.stores.postgres.state, "up");
    assert.doesNotMatch(shown.lines.join(""), /sb_secret_|sandbox-staging-database|afm-sandbox/);

    const broken = await printed((print) => fault({ paths, fault: "postgres", what: "down", stack: "staging" }, print));
    assert.deepEqual(broken.lines, ["staging: postgres is down"]);
    const after = JSON.parse((await printed((print) => status({ paths, format: "json" }, print))).lines.join(""));
    assert.deepEqual(
      [after.stacks.staging.stores.postgres.state, after.stacks.production.stores.postgres.state],
      ["down", "up"],
    );
    for (const wrong of [
      { fault: "disk", what: "down" },
      { fault: "redis", what: "sideways" },
      { fault: "key-revoked", what: "REDIS_URL" },
      { fault: "latency", what: "soon" },
      { fault: "redis", what: "down", stack: "test" },
    ]) {
      await assert.rejects(
        fault({ paths, ...wrong }, () => undefined),
        (error) => error instanceof Refusal && error.exit === 2,
      );
    }

    const mended = await printed((print) => fault({ paths, fault: "postgres", what: "up" }, print));
    assert.deepEqual(mended.lines, ["staging: postgres is up", "production: postgres is up"]);

    const v1 = { paths, folder: join(ROOT, "sandbox/app/versions/v1"), name: "registry.example.com/app" };
    const [first, second] = [await printed((print) => build(v1, print)), await printed((print) => build(v1, print))];
    assert.match(first.lines[0] ?? "", /^registry\.example\.com\/app@sha256:[0-9a-f]{64}$/);
    assert.deepEqual(second.lines, first.lines);
    await assert.rejects(
      build({ ...v1, folder: join(dir(paths), "none") }, () => undefined),
      Refusal,
    );

    const told = await printed((print) => logs({ paths, name: "daemon", lines: 1 }, print));
    assert.equal(told.lines.length, 1);
    await assert.rejects(
      logs({ paths, name: "nobody", lines: 1 }, () => undefined),
      /no log's name begins with "nobody"/,
    );

    const running = pids();
    assert.ok(running.length >= 3, "the daemon and two databases");
    writeFileSync(join(paths.records, "kept"), "a record");
    assert.equal((await printed((print) => down({ paths }, print))).code, 0);
    assert.deepEqual(
      running.filter((pid) => processStart(pid) !== null),
      [],
    );
    assert.deepEqual(readdirSync(paths.root), ["records"]);
    await down({ paths, records: "purge" }, () => undefined);
    assert.equal(existsSync(paths.root), false);
  });

  it("prints an environment that a shell takes", async () => {
    await up({ paths }, () => undefined);
    const { lines } = await printed((print) => env({ paths }, print));
    const script = [...lines, "pulumi stack ls --all --json --non-interactive"].join("\n");
    const stacks = execFileSync("bash", ["-c", script], { cwd: ROOT, encoding: "utf8", env: { HOME: dir(paths) } });
    const names: unknown[] = JSON.parse(stacks).map(({ name }: { name: unknown }) => name);
    assert.deepEqual(names.map(String).sort(), ["production", "staging"]);
  });

  it("ends what a sandbox that was killed has left, and starts an empty world", async () => {
    await up({ paths }, () => undefined);
    const daemon = readReady(paths);
    assert.ok(daemon);
    const left = pids().filter((pid) => pid !== daemon.pid);
    process.kill(daemon.pid, "SIGKILL");
    while (processStart(daemon.pid) !== null) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(
      left.filter((pid) => processStart(pid) === null),
      [],
      "the databases outlive their daemon",
    );
    await assert.rejects(
      env({ paths }, () => undefined),
      /isn't up: start it with/,
    );

    const { code, lines } = await printed((print) => up({ paths }, print));
    assert.equal(code, 0, lines.join("\n"));
    assert.equal(lines.filter((line) => line.includes("an earlier sandbox left behind")).length, left.length);
    assert.deepEqual(
      left.filter((pid) => processStart(pid) !== null),
      [],
    );
    const { lines: exports } = await printed((print) => env({ paths }, print));
    const recordsOf = (folder: string) => exports.some((line) => line.includes(`file://${folder}`));
    assert.deepEqual(
      [recordsOf(daemon.records), existsSync(daemon.records)],
      [false, true],
      "a change of then holds nothing now",
    );
    assert.ok(recordsOf(readReady(paths)?.records ?? ""));
  });

  it("says why it couldn't come up, and ends what it had started", async () => {
    let killed = false;
    const { code, lines } = await printed((print) =>
      up({ paths }, (line) => {
        print(line);
        const [daemon] = existsSync(paths.processes) ? pids() : [];
        if (!killed && daemon !== undefined && line.includes("stand-ins")) {
          killed = true;
          for (const pid of pids()) process.kill(pid, "SIGKILL");
        }
      }),
    );
    assert.equal(code, 70);
    assert.match(lines.at(-1) ?? "", /didn't come up: the daemon exited with SIGKILL/);
    assert.deepEqual(existsSync(paths.processes) ? pids() : [], []);
    assert.equal(readReady(paths), null);
  });

  it("is refused where its file can't be read: another version's sandbox may be up", () => {
    mkdirSync(paths.root, { recursive: true });
    for (const text of ["", "{", '{"pid":1}']) {
      writeFileSync(paths.ready, text);
      assert.throws(() => readReady(paths), /sandbox\.json can't be read: another version's sandbox may be up/);
    }
    rmSync(paths.ready);
    assert.equal(readReady(paths), null);
  });

  it("isn't hurt by a down without an up", async () => {
    const { code, lines } = await printed((print) => down({ paths }, print));
    assert.deepEqual([code, lines[0]], [0, "the sandbox wasn't up"]);
  });
});

function dir(paths: SandboxPaths): string {
  return join(paths.root, "..");
}
