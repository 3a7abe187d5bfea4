/**
 * `npm run test:s3`: the record store against an S3 that is no mock of ours: moto's server, from PyPI, in `.tools/moto` (needs python3 with
 * venv; the first run installs it).
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import Mocha from "mocha";
import { freePort } from "../../sandbox/cloud/stores/ports.ts";
import { scriptCommand } from "../../sandbox/commands/script.ts";

const MOTO = "moto[s3,server]==5.2.5";
const ROOT = join(import.meta.dirname, "../..");
const VENV = join(ROOT, ".tools/moto");
const UP_WITHIN_MS = 60_000;

async function must(command: string, ...args: string[]): Promise<void> {
  const [code] = await once(spawn(command, args, { stdio: ["ignore", 2, 2] }), "close");
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} left with ${code}`);
}

async function install(): Promise<string> {
  const server = join(VENV, "bin/moto_server");
  if (existsSync(server)) return server;
  process.stdout.write(`installing ${MOTO} into .tools/moto (1 to 3 minutes, once) ...\n`);
  await must("python3", "-m", "venv", VENV);
  await must(join(VENV, "bin/pip"), "install", "--quiet", "--disable-pip-version-check", MOTO);
  return server;
}

/** Waits until the server answers. */
async function bucketOn(server: ChildProcess): Promise<void> {
  const client = new S3Client({ forcePathStyle: true });
  const deadline = Date.now() + UP_WITHIN_MS;
  for (;;) {
    const made = await client.send(new CreateBucketCommand({ Bucket: "records" })).then(
      () => null,
      (error: unknown) => error,
    );
    if (made === null) return;
    if (server.exitCode !== null || Date.now() > deadline) throw made;
    await delay(100);
  }
}

scriptCommand("test:s3", "Try the record store on moto's S3 server (python3; installed once).").parse();
const program = await install();
const port = await freePort();
Object.assign(process.env, {
  AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}`,
  AWS_REGION: "us-east-1",
  AWS_ACCESS_KEY_ID: "test",
  AWS_SECRET_ACCESS_KEY: "test",
});
const server = spawn(program, ["-H", "127.0.0.1", "-p", String(port)], { stdio: "ignore" });
process.once("exit", () => server.kill());
await bucketOn(server);
const mocha = new Mocha({ timeout: 60_000, forbidOnly: true });
mocha.addFile(join(import.meta.dirname, "store.s3.ts"));
await mocha.loadFilesAsync();
const failures = await new Promise<number>((resolve) => {
  mocha.run(resolve);
});
process.exit(failures === 0 ? 0 : 1);
