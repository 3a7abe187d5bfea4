import type { ChildProcess } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { stringify } from "yaml";
import { freePort } from "../../../sandbox/cloud/stores/ports.ts";
import { endOfLog, endProgram, startProgram } from "../../real/control-plane/programs.ts";
import { SCRAPE_SECONDS } from "./pace.ts";

const READY_WITHIN = 60_000;
const POLL = 200;

/** A Prometheus that reads the Gateway's metrics. */
export interface Prometheus {
  url: string;
  close(): Promise<void>;
}

/** What it reads and how often (pure). @param target the Gateway's `HOST:PORT` */
export function configurationOf(target: string): string {
  const every = `${SCRAPE_SECONDS}s`;
  return stringify({
    global: { scrape_interval: every, scrape_timeout: every },
    scrape_configs: [{ job_name: "gateway", static_configs: [{ targets: [target] }] }],
  });
}

async function isReady(url: string): Promise<boolean> {
  return fetch(`${url}/-/ready`).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** Starts it, and waits until it answers. @throws Error with the end of its log where it doesn't */
export async function startPrometheus(program: string, { room, target }: { room: string; target: string }) {
  const folder = join(room, "prometheus");
  await mkdir(folder);
  const configuration = join(folder, "prometheus.yml");
  await writeFile(configuration, configurationOf(target));
  const address = `127.0.0.1:${await freePort()}`;
  const log = join(room, "prometheus.log");
  const child: ChildProcess = startProgram(
    program,
    [
      `--config.file=${configuration}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=${address}`,
    ],
    log,
  );
  const prometheus: Prometheus = { url: `http://${address}`, close: () => endProgram(child) };
  const deadline = Date.now() + READY_WITHIN;
  while (!(await isReady(prometheus.url))) {
    if (Date.now() > deadline || child.exitCode !== null) {
      await prometheus.close();
      throw new Error(`Prometheus doesn't answer:\n${await endOfLog(log)}`);
    }
    await delay(POLL);
  }
  return prometheus;
}
