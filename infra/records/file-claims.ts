import { randomUUID } from "node:crypto";
import { link, mkdir, open, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type Claim,
  type Claiming,
  claimIn,
  type Holder,
  heldLease,
  heldNow,
  isFree,
  isLeftOfOurs,
  type Lease,
  SILENT_FOR,
  sightOf,
  unreadableClaim,
  writeOwn,
} from "./lease.ts";
import { readIfThere, unlessMissing } from "./record-file.ts";

const NUMBERED = /^\d+\.json$/;

async function numbersIn(folder: string): Promise<number[]> {
  const names = await readdir(folder);
  return names.filter((name) => NUMBERED.test(name)).map((name) => Number.parseInt(name, 10));
}

/**
 * The claim in a file; null where there is none. What is no claim that this program knows counts as held by somebody who
 * can't be seen, until it hasn't been written for as long as a silent holder may be.
 * @throws Refusal (exit 4) until then
 */
async function claimAt(file: string): Promise<Claim | null> {
  const text = await readIfThere(file);
  if (text === null) return null;
  const claim = claimIn(text.toString());
  if (claim !== null) return claim;
  const fileStat = await unlessMissing(stat(file));
  if (fileStat === null || Math.abs(Date.now() - fileStat.mtimeMs) > SILENT_FOR) return null;
  throw unreadableClaim(file, `once it is ${SILENT_FOR / 60_000} minutes old, it counts as left by a dead runner`);
}

/** Claims are all of one length, so that letting go needs no room on a full disk. */
const LENGTH = 1_024;

function textOf(claim: Claim): string {
  return JSON.stringify(claim).padEnd(LENGTH);
}

async function renew(folder: string, file: string, claim: Claim): Promise<void> {
  const temporary = join(folder, `${randomUUID()}.tmp`);
  try {
    await writeFile(temporary, textOf(claim));
    await rename(temporary, file);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function overwrite(file: string, claim: Claim): Promise<void> {
  await using handle = await open(file, "r+");
  await handle.write(textOf(claim), 0);
}

/** Creates the file with its whole content or not at all; false where it exists. */
async function createWhole(folder: string, file: string, claim: Claim): Promise<boolean> {
  const temporary = join(folder, `${randomUUID()}.tmp`);
  try {
    await writeFile(temporary, textOf(claim));
    await link(temporary, file);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Writes the claim of a number, and removes those before it; null where another one was quicker. */
async function takeNumber(folder: string, number: number, holder: Holder): Promise<true | null> {
  const file = join(folder, `${number}.json`);
  if (!(await createWhole(folder, file, heldNow(holder)))) return null;
  const numbers = await numbersIn(folder);
  if (Math.max(...numbers) > number) {
    await rm(file, { force: true });
    return null;
  }
  await Promise.all(
    numbers.filter((other) => other < number).map((other) => rm(join(folder, `${other}.json`), { force: true })),
  );
  return true;
}

/**
 * Claims a folder for one process. Claims are numbered files and the highest number counts: a dead holder's claim is
 * passed by creating the next number, which only one can do, so that nobody ever removes a claim that is alive.
 */
export async function claim(folder: string, holder: Holder, hasEnded?: Claiming["hasEnded"]): Promise<Lease> {
  await mkdir(folder, { recursive: true });
  for (;;) {
    const highest = Math.max(0, ...(await numbersIn(folder)));
    const current = highest === 0 ? null : await claimAt(join(folder, `${highest}.json`));
    if (
      current !== null &&
      !isLeftOfOurs(folder, current) &&
      !isFree(current, sightOf(current, hasEnded), Date.now())
    ) {
      return { held: false, holder: current.holder };
    }
    const number = highest + 1;
    const file = join(folder, `${number}.json`);
    const isOurs = await writeOwn(folder, holder, () => takeNumber(folder, number, holder));
    if (isOurs !== null) return holding(folder, file, holder);
  }
}

function holding(folder: string, file: string, holder: Holder): Lease {
  return heldLease(
    folder,
    holder,
    () => renew(folder, file, heldNow(holder)),
    async () => {
      const current = await claimAt(file);
      if (current === null || current.holder.at !== holder.at || current.holder.pid !== holder.pid) return;
      await overwrite(file, { ...current, state: "released" });
    },
  );
}
