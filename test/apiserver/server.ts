import { type ChildProcess, spawn } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Agent, request } from "undici";
import type { ApiServerParts } from "../../verification/real/parts.ts";

/** What the server answered. */
export interface Answer {
  status: number;
  body: unknown;
  /** what it warned of, such as a field that it will drop */
  warnings: string[];
}

/** A kube-apiserver of the test's own, on loopback. */
export interface ApiServer {
  send(method: "GET" | "POST", path: string, body?: unknown): Promise<Answer>;
  close(): Promise<void>;
}

const READY_WITHIN = 120_000;
const POLL = 250;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("there is no free port");
  return address.port;
}

function start(program: string, args: readonly string[], log: string): ChildProcess {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  const stream = createWriteStream(log);
  child.stdout.pipe(stream, { end: false });
  child.stderr.pipe(stream, { end: false });
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
}

/**
 * Starts etcd and kube-apiserver with everything of theirs in a folder that goes with them.
 * @throws Error with the end of the server's log where it doesn't become ready
 */
export async function startApiServer({ etcd, kubeApiserver }: ApiServerParts): Promise<ApiServer> {
  const room = await mkdtemp(join(tmpdir(), "apiserver-"));
  const [client, peer, port] = [await freePort(), await freePort(), await freePort()];
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const key = join(room, "service-account.key");
  await writeFile(key, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  const token = randomBytes(24).toString("hex");
  await writeFile(join(room, "tokens.csv"), `${token},tester,1,system:masters\n`, { mode: 0o600 });
  const store = `http://127.0.0.1:${client}`;
  const log = join(room, "kube-apiserver.log");
  const children = [
    start(
      etcd,
      [
        "--data-dir",
        join(room, "etcd"),
        "--listen-client-urls",
        store,
        "--advertise-client-urls",
        store,
        "--listen-peer-urls",
        `http://127.0.0.1:${peer}`,
        "--unsafe-no-fsync",
      ],
      join(room, "etcd.log"),
    ),
    start(
      kubeApiserver,
      [
        `--etcd-servers=${store}`,
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        `--secure-port=${port}`,
        `--cert-dir=${join(room, "certificates")}`,
        `--token-auth-file=${join(room, "tokens.csv")}`,
        "--authorization-mode=AlwaysAllow",
        "--service-account-issuer=https://kubernetes.default.svc",
        `--service-account-key-file=${key}`,
        `--service-account-signing-key-file=${key}`,
        "--service-cluster-ip-range=10.0.0.0/24",
        "--endpoint-reconciler-type=none",
      ],
      log,
    ),
  ];
  const close = async () => {
    await Promise.all(children.map(end));
    await rm(room, { recursive: true, force: true });
  };
  const ca = join(room, "certificates", "apiserver.crt");
  try {
    const dispatcher = await ready(`https://127.0.0.1:${port}`, ca, token, children[1]);
    return {
      async send(method, path, body) {
        const answer = await request(`https://127.0.0.1:${port}${path}`, {
          method,
          dispatcher,
          headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
          body: body === undefined ? null : JSON.stringify(body),
        });
        const warnings = [answer.headers.warning ?? []].flat();
        return { status: answer.statusCode, body: await answer.body.json(), warnings };
      },
      close: async () => {
        await dispatcher.close();
        await close();
      },
    };
  } catch (error) {
    const told = (await readFile(log, "utf8").catch(() => "")).split("\n").slice(-12).join("\n");
    await close();
    throw new Error(`kube-apiserver didn't become ready: ${String(error)}\n${told}`);
  }
}

/** Waits until the server says it is ready, over its own certificate. */
async function ready(url: string, ca: string, token: string, server: ChildProcess | undefined): Promise<Agent> {
  const deadline = Date.now() + READY_WITHIN;
  let last = "it wrote no certificate";
  while (Date.now() < deadline) {
    if (server?.exitCode !== null) throw new Error("it has ended");
    const certificate = await readFile(ca, "utf8").catch(() => null);
    if (certificate !== null) {
      // It is its own authority, and names no address: what is trusted is this very certificate.
      const dispatcher = new Agent({ connect: { ca: certificate, checkServerIdentity: () => undefined } });
      try {
        const answer = await request(`${url}/readyz`, { dispatcher, headers: { authorization: `Bearer ${token}` } });
        last = `it answered ${answer.statusCode}: ${(await answer.body.text()).slice(0, 200)}`;
        if (answer.statusCode === 200) return dispatcher;
      } catch (error) {
        last = String(error);
      }
      await dispatcher.close();
    }
    await delay(POLL);
  }
  throw new Error(last);
}
