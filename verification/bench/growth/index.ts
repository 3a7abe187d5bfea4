import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Manifest } from "../../../infra/domain/manifest.ts";
import { initialState, makeRelease, type ReleaseState } from "../../../infra/domain/releases.ts";
import { rollbackTargets } from "../../../infra/domain/rollback-targets.ts";
import { readMigrations } from "../../../infra/migrations/files.ts";
import { lintMigrations } from "../../../infra/migrations/lint.ts";
import { openFileStore } from "../../../infra/records/file-store.ts";
import { createRedactor } from "../../../infra/records/redaction/redact.ts";
import { bucketStore } from "../../../infra/records/s3-store.ts";
import { countedBucket } from "./counted-bucket.ts";
import { type Figure, fastest, growthRow, leastCpu } from "./figures.ts";
import { lookUp } from "./look-up.ts";
import { madeRecord, putInBucket, putInFolder } from "./records.ts";
import { memoryAfter, requestsAfter } from "./watched.ts";

type Write = (line: string) => void;

const ROUNDS = 3;
/** Records of the stack that is asked for, among those of another one. */
const OWN = 10;
/** Milliseconds below which a time says nothing on a busy machine, and megabytes that a process takes for whatever it reads. */
const NOISE = 5;
const FREE = 30;
const redactor = createRedactor([]);

function manifestOf(version: string, digit: string): Manifest {
  return {
    version,
    image: `registry.example.com/app@sha256:${digit.repeat(64).slice(0, 64)}`,
    commit: "4f8cd63",
    database: {
      migrate: { up: ["migrate", "up"], down: ["migrate", "down"] },
      backup: { create: ["backup", "create"], restore: ["backup", "restore"] },
    },
    migrations: [],
  };
}

const parts = { configuration: { SESSION_STORE: "redis" }, scale: { min: 2, max: 6 }, onCall: "Ada" };
const firstState = (): ReleaseState =>
  initialState({ ...parts, manifest: manifestOf("1", "1"), createdOn: "2026-11-22" });

async function inRoom<Result>(use: (room: string) => Promise<Result>): Promise<Result> {
  const room = await mkdtemp(join(tmpdir(), "growth-"));
  try {
    return await use(room);
  } finally {
    await rm(room, { recursive: true, force: true });
  }
}

const stackOf = (index: number, total: number): string => (index >= total - OWN ? "staging" : "production");

async function eachSize(sizes: readonly number[], measure: (size: number) => Promise<number>): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const size of sizes) figures.push({ size, value: await measure(size) });
  return figures;
}

const inFolder = (records: number) =>
  inRoom(async (root) => {
    for (let index = 0; index < records + OWN; index += 1) {
      await putInFolder(root, madeRecord(index, stackOf(index, records + OWN), 3));
    }
    const store = openFileStore(pathToFileURL(root).href, redactor);
    return leastCpu(ROUNDS, () => lookUp(store, firstState()));
  });

async function requestsFor(records: number): Promise<number> {
  const { bucket, requests, texts } = countedBucket();
  for (let index = 0; index < records + OWN; index += 1) {
    putInBucket(texts, madeRecord(index, stackOf(index, records + OWN), 3));
  }
  await lookUp(bucketStore("s3://counted", bucket, redactor), firstState());
  return requests.get + requests.list + requests.put + requests.head;
}

const readingBack = (events: number) =>
  inRoom(async (root) => {
    const record = madeRecord(0, "staging", events);
    await putInFolder(root, record);
    const store = openFileStore(pathToFileURL(root).href, redactor);
    return leastCpu(ROUNDS, () => store.read(record[0]?.change ?? ""));
  });

const appending = (events: number) =>
  inRoom(async (root) => {
    const record = madeRecord(0, "staging", events);
    await putInFolder(root, record);
    const store = openFileStore(pathToFileURL(root).href, redactor);
    let seq = events;
    return leastCpu(ROUNDS, () => {
      seq += 1;
      const draft = { at: new Date().toISOString(), step: null, type: "note", data: { text: "one more" } };
      return store.append(record[0]?.change ?? "", seq, draft);
    });
  });

async function targetsAmong(past: number): Promise<number> {
  const state = firstState();
  const releases = Array.from({ length: past }, (_, index) => {
    const manifest = manifestOf(`v${index}`, index.toString(16).padStart(64, "0"));
    return { release: makeRelease(state, { ...parts, manifest, change: "CHG-2026-11-22-001" }), leftIn: null };
  });
  return leastCpu(ROUNDS, async () => rollbackTargets(state, undefined, releases));
}

const linting = (migrations: number) =>
  inRoom(async (room) => {
    const folder = join(room, "migrations");
    await mkdir(folder);
    for (let index = 1; index <= migrations; index += 1) {
      const sql = `-- phase: expand\n-- reversible: yes\n-- up\ncreate table t${index} (id bigint primary key);\n-- down\ndrop table t${index};\n`;
      await writeFile(join(folder, `${String(index).padStart(4, "0")}_table.sql`), sql);
    }
    return fastest(1, async () => lintMigrations(await readMigrations(folder)));
  });

/** Secrets as the stack has them, that stand nowhere in the text. */
const SECRETS = ["sb_secret_Zm9vYmFyMTIz", "s3ss\\ion/key+value==", "redis://app:p%40ss@redis.example.com:6379"];

const redacting = (character: string) => (length: number) => {
  const own = createRedactor(SECRETS);
  return leastCpu(1, async () => own.text(character.repeat(Math.ceil(length / character.length))));
};

/** Measures what grows with a team's years: each figure at several sizes up to `most`, and whether it is flat or linear. */
export async function printGrowth(write: Write, most = Number.POSITIVE_INFINITY): Promise<void> {
  const row = async (
    what: string,
    unit: string,
    noise: number,
    sizes: readonly number[],
    measure: (size: number) => Promise<number>,
  ) => {
    const wanted = sizes.filter((size, index) => size <= most || index === 0);
    write(growthRow(what, unit, await eachSize(wanted, measure), noise));
  };
  await requestsFor(1);
  await inFolder(1); // the first time loads what the others have
  write("| work | | | | growth |\n| --- | --- | --- | --- | --- |");
  const records = [1, 100, 10_000];
  await row("status beside records of another stack, folder", "ms CPU", NOISE, records, inFolder);
  await row("status beside records of another stack, S3", "requests", 1, records, requestsFor);
  const watched = [100, 1_000, 10_000];
  await row("status after five releases, each watched for so many events, S3", "requests", 1, watched, requestsAfter);
  await row("status after five releases, each watched for so many events, folder", "MB", FREE, watched, (events) =>
    inRoom((root) => memoryAfter(root, events)),
  );
  await row("reading a record of so many events", "ms CPU", NOISE, [100, 10_000], readingBack);
  await row("appending to a record of so many events", "ms CPU", NOISE, [100, 10_000], appending);
  await row("ways back among past releases", "ms CPU", NOISE, [1, 100, 1_000], targetsAmong);
  await row("linting migrations", "ms by the clock", NOISE, [1, 60, 1_000], linting);
  const lengths = [10_000, 100_000, 1_000_000];
  await row("redacting a line of backslashes, characters", "ms CPU", NOISE, lengths, redacting("\\"));
  await row(
    "redacting a line of JSON in JSON, characters",
    "ms CPU",
    NOISE,
    lengths,
    redacting('{\\"key\\":\\"value\\"},'),
  );
}
