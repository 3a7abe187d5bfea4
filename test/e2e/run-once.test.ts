import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BatchV1Api, KubeConfig } from "@kubernetes/client-node";
import { z } from "zod";
import { ACCOUNTS } from "../../sandbox/cloud/accounts.ts";
import { copyVersion, openWorld, type Ran, type World } from "./world.ts";

const NAMESPACE = "app-staging";
const documentSchema = z.object({ id: z.union([z.string(), z.int()]) });

describe("what has run on the database runs once, on the real engine", function () {
  this.timeout(600_000);
  let world: World;
  let room: string;
  before(async () => {
    room = await mkdtemp(join(tmpdir(), "run-once-"));
    world = await openWorld();
  });
  after(async () => {
    await world.down();
    await rm(room, { recursive: true, force: true });
  });

  const jobsApi = () => {
    const config = new KubeConfig();
    config.loadFromFile(world.env.KUBECONFIG ?? "");
    return config.makeApiClient(BatchV1Api);
  };
  const jobs = async () => (await jobsApi().listNamespacedJob({ namespace: NAMESPACE })).items;
  const done = ({ code, stdout, stderr }: Ran): string => {
    assert.equal(code, 0, stdout + stderr);
    return stdout;
  };
  const up = async (...args: string[]) =>
    done(await world.pulumi("up", "--yes", "--skip-preview", "--stack", "staging", ...args));

  /** A release of version 2's code with a migration on top that only the backup leads back from. */
  async function releaseWithLoss(version: string): Promise<string> {
    const folder = join(room, version);
    await copyVersion("v2", folder);
    const lossy = "-- phase: expand\n-- reversible: lossy\n\n-- Up Migration\ncreate table notes (note text);\n\n";
    await writeFile(join(folder, "migrations/0006_notes.sql"), `${lossy}-- Down Migration\ndrop table notes;\n`);
    const image = done(await world.runbook("sandbox", "build", folder, "--name", "registry.example.com/app")).trim();
    const args = ["--image", image, "--version", version, "--migrations", join(folder, "migrations")];
    return world.file(`${version}.yaml`, done(await world.runbook("manifest", ...args)));
  }

  /** A user of the gateway, logged in: every call is answered by whatever stands behind it. */
  async function user() {
    const { gateway } = (await world.stacks()).staging;
    const { syntheticUser, syntheticPassword: password } = ACCOUNTS.staging;
    const send = (path: string, body: object | null, cookie = "") =>
      fetch(`${gateway}${path}`, {
        method: body === null ? "GET" : "POST",
        headers: { "content-type": "application/json", cookie },
        ...(body === null ? {} : { body: JSON.stringify(body) }),
      });
    const login = await send("/api/login", { user: syntheticUser, password });
    assert.equal(login.status, 200);
    const cookie = login.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    return (path: string, body: object | null = null) => send(path, body, cookie);
  }

  it("makes nothing that runs where a finished Job was deleted and the stack is refreshed", async () => {
    const [first] = await jobs();
    const name = first?.metadata?.name ?? assert.fail("the first update has left no Job");
    assert.equal(first?.status?.succeeded, 1);
    await jobsApi().deleteNamespacedJob({ name, namespace: NAMESPACE });
    await up("--refresh");
    const [made, ...others] = await jobs();
    assert.deepEqual([made?.metadata?.name, made?.spec?.suspend, others], [name, true, []]);
    assert.equal(made?.status?.startTime, undefined);
    await done(await world.pulumi("preview", "--expect-no-changes", "--stack", "staging"));
  });

  const deploy = ["deploy", "--stack", "staging", "--wait", "--release"];
  /** Whether the document that was written after the restore is there still. */
  let kept: (after: string) => Promise<void>;

  it("restores a backup, and the Jobs leave with their change", async () => {
    done(await world.runbook(...deploy, await releaseWithLoss("2026.11.24-1")));
    done(await world.runbook("rollback", "--stack", "staging", "--restore-backup", "--yes"));
    assert.deepEqual(await jobs(), []);
    const call = await user();
    const written = await call("/api/documents", { title: "after the restore", body: "kept" });
    assert.equal(written.status, 201);
    const { id } = documentSchema.parse(await written.json());
    kept = async (after) => assert.equal((await call(`/api/documents/${id}`)).status, 200, after);
  });

  it("keeps what was written since through a settings change and a refresh", async () => {
    const changed = await world.settings("staging", { "production-runbooks:application": { cpu: "101m" } });
    assert.doesNotMatch(await up("--config-file", changed), /batch\/v1:Job/);
    await kept("a settings change");
    assert.doesNotMatch(await up("--config-file", changed, "--refresh"), /batch\/v1:Job/);
    await kept("a refresh");
  });

  it("keeps it through the next deploy, its rollback with a down, and a refresh after that", async () => {
    done(await world.runbook(...deploy, await world.release("v2", "2026.11.25-1")));
    await kept("the next deploy");
    done(await world.runbook("rollback", "--stack", "staging"));
    await kept("its rollback");
    assert.doesNotMatch(await up("--refresh"), /batch\/v1:Job/);
    await kept("a refresh after that");
    assert.deepEqual(await jobs(), []);
  });
});
