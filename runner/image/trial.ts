import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { type Container, inContainer, initOf } from "./container.ts";

/** How long a command in the container may take, in milliseconds: a machine under load starts it slowly. */
const PATIENCE = 120_000;

const logLine = z.object({ message: z.string(), change: z.string().nullable() });

/** A program that does nothing, previewed by the image's engine in a backend of its own. */
const EMPTY_PROGRAM = `
set -eu
mkdir /tmp/state /tmp/program
cd /tmp/program
printf 'name: trial\\nruntime: {name: nodejs, options: {typescript: false}}\\nmain: index.ts\\n' > Pulumi.yaml
printf '{"name":"trial","type":"module"}' > package.json
printf 'export {};\\n' > index.ts
ln -s /app/node_modules node_modules
export PULUMI_BACKEND_URL=file:///tmp/state PULUMI_CONFIG_PASSPHRASE=trial
pulumi stack init trial
pulumi preview --non-interactive
`;

/** What a container's command left with and wrote. */
async function finished(child: ChildProcess): Promise<{ code: number | null; text: string }> {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const [code]: (number | null)[] = await once(child, "close", { signal: AbortSignal.timeout(PATIENCE) });
  return { code: code ?? null, text };
}

/**
 * Starts an image as the cluster would and tries it: its help, its user and root, its engine, and the service with an empty store.
 * @param stack a stack whose file the image has
 * @returns what was tried, a line each
 * @throws Error saying what didn't go as it must
 */
export function tryImage(image: string, stack: string): Promise<string[]> {
  return inContainer(image, async (container) => {
    const { start, startedBy } = container;
    const must = async (what: string, command: readonly string[], expected: RegExp): Promise<string> => {
      const { code, text } = await finished(start(command));
      if (code !== 0 || !expected.test(text))
        throw new Error(`the image was tried, and ${what} left with ${code}:\n${text}`);
      return what;
    };
    return [
      await must("runbook --help", [...startedBy.Entrypoint, "--help"], /serve/),
      await must(
        "no root, and nothing that can be written but /tmp",
        [
          "/bin/sh",
          "-c",
          "id -u; touch /tmp/a; for f in / /app /etc /opt; do if touch $f/a 2>/dev/null; then exit 1; fi; done",
        ],
        /^10001\n$/,
      ),
      await must("a preview of an empty program", ["/bin/sh", "-c", EMPTY_PROGRAM], /Previewing update/),
      await tryService(container, stack),
    ];
  });
}

/** Starts `runbook serve` where there is no stack and no record yet: it is well, starts no change, and leaves with 0 when it is asked to. */
async function tryService({ start, startedBy }: Container, stack: string): Promise<string> {
  const serve = [
    "serve",
    "--stack",
    stack,
    "--no-election",
    "--listen",
    "127.0.0.1:0",
    "--records",
    "file:///tmp/records",
  ];
  const prepared = ["/bin/sh", "-c", 'mkdir /tmp/state /tmp/records && exec "$@"', "sh"];
  const child = start([...prepared, ...startedBy.Entrypoint, ...serve], { PULUMI_BACKEND_URL: "file:///tmp/state" });
  const left = finished(child);
  const said: z.infer<typeof logLine>[] = [];
  const wrong = (what: string) =>
    new Error(`the image was tried, and ${what}:\n${said.map(({ message }) => message).join("\n")}`);
  const listening = new Promise<string>((resolve) => {
    if (child.stdout === null) return;
    createInterface(child.stdout).on("line", (line) => {
      const told = logLine.parse(JSON.parse(line));
      said.push(told);
      const [, url] = /^listening at (\S+)$/.exec(told.message) ?? [];
      if (url !== undefined) resolve(url);
    });
  });
  const url = await Promise.race([
    listening,
    left.then(({ text }) => Promise.reject(wrong(`the service left: ${text}`))),
    timeout(),
  ]);
  const { status } = await fetch(new URL("/healthz", url));
  if (status !== 200) throw wrong(`/healthz answered ${status}`);
  const metrics = await (await fetch(new URL("/metrics", url))).text();
  if (!metrics.includes(`stack="${stack}"`)) throw wrong("/metrics doesn't know its stack");
  const init = initOf(child);
  if (init === undefined) throw wrong("its init isn't there");
  process.kill(init, "SIGTERM");
  const { code } = await left;
  if (code !== 0) throw wrong(`the service left with ${code}`);
  const taken = said.find(({ change }) => change !== null);
  if (taken !== undefined) throw wrong(`the service started ${taken.change}`);
  return "runbook serve with an empty store: /healthz 200, no change started, 0 on SIGTERM";
}

const timeout = (): Promise<never> =>
  delay(PATIENCE, undefined, { ref: false }).then(() =>
    Promise.reject(new Error(`the service didn't listen within ${PATIENCE / 1_000} s`)),
  );
