import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { ACCOUNT_ID } from "../../sandbox/cloud/accounts.ts";
import { freePort } from "../../sandbox/cloud/stores/ports.ts";
import type { Props } from "../../sandbox/cloud/wire.ts";
import { ROOT } from "../../sandbox/commands/sandbox.ts";

const PACKAGES = ["moto[server]==5.2.5", "boto3==1.44.8", "regex==2026.11.19"];
const VENV = join(ROOT, ".tools/moto-aws");
const UP_WITHIN_MS = 60_000;

const answerSchema = z.object({
  violations: z.array(z.string()),
  answer: z.record(z.string(), z.json()).nullable(),
  error: z.object({ code: z.string(), message: z.string(), status: z.number().default(0) }).nullable(),
});
/** What the models say of a call, and what moto's server answered. */
export type Answer = z.infer<typeof answerSchema>;

/** A call that is asked about. */
export interface Asked {
  service: string;
  operation: string;
  params: Props;
}

/** botocore's models and a server of moto's. */
export interface Models {
  /** Holds a call against the models and, where it is `made`, makes it. */
  ask(call: Asked, how: "judged" | "made"): Promise<Answer>;
  close(): Promise<void>;
}

/** Everything that keeps Python's part from starting, with what to do. */
function unable(what: string): Error {
  return new Error(
    `${what}: npm run test:aws needs python3 (3.9 or newer) with the module venv, and PyPI or a mirror of it (PIP_INDEX_URL) for ${PACKAGES.join(", ")}; on Debian: apt-get install python3-venv`,
  );
}

async function must(command: string, ...args: string[]): Promise<void> {
  const child = spawn(command, args, { stdio: ["ignore", 2, 2] });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", () => reject(unable(`${command} can't be started`)));
    child.once("close", resolve);
  });
  if (code !== 0) throw unable(`${command} ${args.join(" ")} left with ${code}`);
}

/** Installs what is needed from PyPI into a folder of its own, once. @throws Error with the remedy where it can't */
async function install(): Promise<void> {
  if (existsSync(join(VENV, "installed"))) return;
  process.stdout.write(`installing ${PACKAGES.join(", ")} into .tools/moto-aws (1 to 3 minutes, once) ...\n`);
  await must("python3", "-m", "venv", "--clear", VENV);
  await must(join(VENV, "bin/pip"), "install", "--quiet", "--disable-pip-version-check", ...PACKAGES);
  const { writeFile } = await import("node:fs/promises");
  await writeFile(join(VENV, "installed"), PACKAGES.join("\n"));
}

async function isUp(server: ChildProcess, url: string): Promise<void> {
  const deadline = Date.now() + UP_WITHIN_MS;
  for (;;) {
    const answered = await fetch(`${url}/moto-api/`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (answered) return;
    if (server.exitCode !== null || Date.now() > deadline) throw new Error("moto's server doesn't answer");
    await delay(100);
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, "close");
  child.kill();
  await closed;
}

/** Starts moto's server and the Python that holds calls against the models. @throws Error with the remedy where Python or PyPI is missing */
export async function openModels(): Promise<Models> {
  await install();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, MOTO_ACCOUNT_ID: ACCOUNT_ID };
  const server = spawn(join(VENV, "bin/moto_server"), ["-H", "127.0.0.1", "-p", String(port)], {
    stdio: "ignore",
    env,
  });
  const python = spawn(join(VENV, "bin/python"), [join(import.meta.dirname, "models.py")], {
    stdio: ["pipe", "pipe", "inherit"],
    env,
  });
  const lines = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
  await isUp(server, url);
  let last: Promise<unknown> = Promise.resolve();
  const ask = async (call: Asked, how: "judged" | "made"): Promise<Answer> => {
    python.stdin.write(`${JSON.stringify({ ...call, endpoint: how === "made" ? url : null })}\n`);
    const line = await lines.next();
    if (line.done === true) throw new Error("Python's part has ended");
    return answerSchema.parse(JSON.parse(line.value));
  };
  return {
    ask: (call, how) => {
      const next = last.then(() => ask(call, how));
      last = next.catch(() => undefined);
      return next;
    },
    close: async () => {
      python.stdin.end();
      await Promise.all([ended(server), ended(python)]);
    },
  };
}
