import type { ChildProcess } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Agent, request } from "undici";
import { freePort } from "../../../sandbox/cloud/stores/ports.ts";
import type { ApiServerParts } from "../parts.ts";
import { endOfLog, endProgram, startProgram } from "./programs.ts";

/** What the server answered. */
export interface Answer {
  status: number;
  body: unknown;
  /** what it warned of, such as a field that it will drop */
  warnings: string[];
}

/** A kube-apiserver on loopback. */
export interface ApiServer {
  url: string;
  /** the certificate that a client has to trust */
  ca: string;
  /** of a user who may do everything */
  token: string;
  /** the private key with which service accounts' tokens are signed */
  serviceAccountKey: string;
  send(method: "GET" | "POST" | "PUT" | "DELETE", path: string, body?: unknown): Promise<Answer>;
  close(): Promise<void>;
}

/** A user whom the server knows by a token. */
export interface TokenUser {
  name: string;
  token: string;
  group: string;
}

export interface ApiServerOptions {
  /** for everything of the server's own; it is the caller's to remove */
  room: string;
  authorization: "AlwaysAllow" | "RBAC";
  /** beside the one who may do everything */
  users?: readonly TokenUser[];
  /** more arguments than every use needs */
  more?: readonly string[];
  /** a certificate for 127.0.0.1; left out: the server makes its own, which names no address */
  certificate?: { certFile: string; keyFile: string; caFile: string };
}

const READY_WITHIN = 120_000;
const POLL = 250;

/**
 * Starts etcd and kube-apiserver.
 * @throws Error with the end of the server's log where it doesn't become ready
 */
export async function startApiServer(
  { etcd, kubeApiserver }: Pick<ApiServerParts, "etcd" | "kubeApiserver">,
  { room, authorization, users = [], more = [], certificate }: ApiServerOptions,
): Promise<ApiServer> {
  const [client, peer, port] = [await freePort(), await freePort(), await freePort()];
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const key = join(room, "service-account.key");
  await writeFile(key, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  const token = randomBytes(24).toString("hex");
  const known = [{ name: "tester", token, group: "system:masters" }, ...users];
  const rows = known.map((user, index) => `${user.token},${user.name},${index + 1},${user.group}\n`);
  await writeFile(join(room, "tokens.csv"), rows.join(""), { mode: 0o600 });
  const store = `http://127.0.0.1:${client}`;
  const log = join(room, "kube-apiserver.log");
  const keeper = startProgram(
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
  );
  const tls =
    certificate === undefined
      ? []
      : [`--tls-cert-file=${certificate.certFile}`, `--tls-private-key-file=${certificate.keyFile}`];
  const server = startProgram(
    kubeApiserver,
    [
      `--etcd-servers=${store}`,
      "--bind-address=127.0.0.1",
      "--advertise-address=127.0.0.1",
      `--secure-port=${port}`,
      `--cert-dir=${join(room, "certificates")}`,
      `--token-auth-file=${join(room, "tokens.csv")}`,
      `--authorization-mode=${authorization}`,
      "--service-account-issuer=https://kubernetes.default.svc",
      `--service-account-key-file=${key}`,
      `--service-account-signing-key-file=${key}`,
      "--service-cluster-ip-range=10.96.0.0/16",
      "--endpoint-reconciler-type=none",
      ...tls,
      ...more,
    ],
    log,
  );
  const end = () => Promise.all([server, keeper].map(endProgram));
  const url = `https://127.0.0.1:${port}`;
  const ca = certificate?.caFile ?? join(room, "certificates", "apiserver.crt");
  try {
    const dispatcher = await ready(url, ca, token, server);
    return {
      url,
      ca,
      token,
      serviceAccountKey: key,
      async send(method, path, body) {
        const answer = await request(`${url}${path}`, {
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
        await end();
      },
    };
  } catch (error) {
    await end();
    throw new Error(`kube-apiserver didn't become ready: ${String(error)}\n${await endOfLog(log)}`);
  }
}

/** Waits until the server says it is ready, over its own certificate. */
async function ready(url: string, ca: string, token: string, server: ChildProcess): Promise<Agent> {
  const deadline = Date.now() + READY_WITHIN;
  let last = "it wrote no certificate";
  while (Date.now() < deadline) {
    if (server.exitCode !== null) throw new Error("it has ended");
    const certificate = await readFile(ca, "utf8").catch(() => null);
    if (certificate !== null) {
      // It may be its own authority, and name no address: what is trusted is this very certificate.
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
