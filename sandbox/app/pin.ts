import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseDocument } from "yaml";
import type { Manifest } from "../../infra/domain/manifest.ts";
import { readMigrations } from "../../infra/migrations/files.ts";
import { buildImage } from "../cloud/images.ts";

const ROOT = join(import.meta.dirname, "../..");
const STACK_FILES = ["Pulumi.staging.yaml", "Pulumi.production.yaml"];

/** What the stack files' first release has to say of version 1 as it is in this folder. */
export async function firstRelease(): Promise<Pick<Manifest, "image" | "migrations">> {
  const room = await mkdtemp(join(tmpdir(), "pin-"));
  const folder = join(import.meta.dirname, "versions/v1");
  try {
    const image = await buildImage(folder, "registry.example.com/app", room);
    return { image, migrations: (await readMigrations(join(folder, "migrations"))).map(({ migration }) => migration) };
  } finally {
    await rm(room, { recursive: true, force: true });
  }
}

/** Writes version 1's digest and migrations into the stack files: `node sandbox/app/pin.ts` after a change of the workload. */
async function pin(): Promise<void> {
  const { image, migrations } = await firstRelease();
  for (const name of STACK_FILES) {
    const document = parseDocument(await readFile(join(ROOT, name), "utf8"));
    const release = ["config", "production-runbooks:release"];
    document.setIn([...release, "image"], image);
    document.setIn([...release, "migrations"], migrations);
    await writeFile(join(ROOT, name), document.toString({ lineWidth: 0, flowCollectionPadding: false }));
  }
  process.stdout.write(`pinned ${image}\n`);
}

if (import.meta.main) await pin();
