import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { z } from "zod";
import { ROOT, type World } from "./world.ts";

const packageSchema = z.looseObject({ image: z.object({ include: z.array(z.string()) }) });
const MIGRATIONS = {
  "0006_notes.sql": `-- phase: expand
-- reversible: lossy

-- Up Migration
create table notes (note text);

-- Down Migration
drop table notes;
`,
  "0007_no_index.sql": `-- phase: contract
-- reversible: no

-- Up Migration
drop index documents_by_owner;

-- Down Migration
select 1;
`,
};

/** The manifest's file of version 2's code with two more migrations: one can't be taken back without loss, one not at all. */
export async function lossyRelease(world: World, version: string): Promise<string> {
  const room = await mkdtemp(join(tmpdir(), "lossy-"));
  const source = join(ROOT, "sandbox/app/versions/v2");
  try {
    await cp(source, room, { recursive: true });
    const file = packageSchema.parse(JSON.parse(await readFile(join(source, "package.json"), "utf8")));
    const include = file.image.include.map((path) => resolve(source, path));
    await writeFile(join(room, "package.json"), JSON.stringify({ ...file, image: { include } }));
    for (const [name, text] of Object.entries(MIGRATIONS)) await writeFile(join(room, "migrations", name), text);
    return await world.releaseOf(room, version);
  } finally {
    await rm(room, { recursive: true, force: true });
  }
}
