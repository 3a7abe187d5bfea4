import { isIP } from "node:net";
import { z } from "zod";
import { NAME_LABEL } from "../domain/object-names.ts";
import type { Kubernetes } from "./kubernetes.ts";
import type { RedisPlace } from "./redis-url.ts";

/** Commands of Redis, each with its arguments. */
export type RedisCommands = readonly (readonly string[])[];

/** What is asked of Redis from inside of a pod: nothing of it stands on a command line. */
export interface RedisQuestion extends Pick<RedisPlace, "host" | "port" | "secure"> {
  /** the login among them, first */
  commands: RedisCommands;
  /** milliseconds */
  within: number;
}

/**
 * Reads one line of JSON (a RedisQuestion with the name to check the certificate by), asks Redis in RESP 2, and prints one line of JSON:
 * `{replies}`, `{error}` with what Redis said, or `{network}` with why it wasn't reached. It needs Node and nothing else of the image.
 */
const ASK_REDIS = String.raw`
const { createInterface } = require("node:readline");
createInterface({ input: process.stdin }).once("line", (text) => {
  const { host, port, secure, servername, commands, within } = JSON.parse(text);
  const end = (answer) => { process.stdout.write(JSON.stringify(answer) + "\n", () => process.exit(0)); };
  const at = { host, port };
  const socket = secure === "tls" ? require("node:tls").connect(servername === null ? at : { ...at, servername }) : require("node:net").connect(at);
  setTimeout(() => end({ network: "ETIMEDOUT" }), within);
  socket.on("error", (error) => end({ network: error.code ?? error.message }));
  let buffer = Buffer.alloc(0);
  const replies = [];
  const reply = () => {
    const line = buffer.indexOf("\r\n");
    if (line === -1) return null;
    const [kind, rest] = [String.fromCharCode(buffer[0]), buffer.toString("utf8", 1, line)];
    if (kind === "-") return { error: rest };
    if (kind === "+" || kind === ":") return { value: rest, used: line + 2 };
    if (kind !== "$") return { skip: line + 2, items: kind === "*" ? Number(rest) : 0 };
    const length = Number(rest);
    if (length === -1) return { value: null, used: line + 2 };
    if (buffer.length < line + 4 + length) return null;
    return { value: buffer.toString("utf8", line + 2, line + 2 + length), used: line + 4 + length };
  };
  let open = 0;
  socket.on("data", (chunk) => {
    buffer = Buffer.concat([buffer, chunk]);
    for (let next = reply(); next !== null; next = buffer.length === 0 ? null : reply()) {
      if (next.error !== undefined) return end({ error: next.error });
      if (next.skip !== undefined) { open += next.items - (open > 0 ? 1 : 0); buffer = buffer.subarray(next.skip); if (next.items === 0) replies.push(null); continue; }
      buffer = buffer.subarray(next.used);
      if (open > 0) { open -= 1; if (open === 0) replies.push(null); } else replies.push(next.value);
    }
    if (replies.length === commands.length) end({ replies });
  });
  socket.once(secure === "tls" ? "secureConnect" : "connect", () => {
    for (const parts of commands) {
      socket.write("*" + parts.length + "\r\n" + parts.map((part) => "$" + Buffer.byteLength(part) + "\r\n" + part + "\r\n").join(""));
    }
  });
});
`;

/** What ioredis calls an error that Redis has answered (redis-errors' ReplyError): its text may repeat the command, password and all. */
export const REPLY_ERROR = "ReplyError";

/** The code of the error of a store that the pod doesn't reach. */
export const UNREACHED = "UNREACHED";

const answerSchema = z.union([
  z.object({ replies: z.array(z.string().nullable()) }),
  z.object({ error: z.string() }),
  z.object({ network: z.string() }),
]);

/** How Redis is asked from where the pods are. @throws Error with what Redis, the network or the pod says */
export type AskInPod = (question: RedisQuestion) => Promise<(string | null)[]>;

/** Milliseconds that the way into the pod may take on top of the question. */
const WAY = 10_000;

/** Whose pods are asked. */
interface Place {
  cluster: { namespace: string };
  application: { name: string };
}

/** Asks Redis from one of the application's ready pods: whoever stands outside of the VPC doesn't reach ElastiCache. */
export function askInPod({ cluster, application }: Place, kubernetes: Pick<Kubernetes, "pods" | "exec">): AskInPod {
  return async (question) => {
    const { namespace } = cluster;
    const pods = await kubernetes.pods(namespace, { [NAME_LABEL]: application.name });
    const pod = pods.find(({ job, ready, leaving }) => job === null && ready && !leaving);
    if (pod === undefined) throw new Error(`no pod of ${namespace} is ready to ask the session store from`);
    const printed = await kubernetes.exec({
      namespace,
      pod: pod.name,
      container: application.name,
      command: ["node", "-e", ASK_REDIS],
      line: JSON.stringify({ ...question, servername: isIP(question.host) === 0 ? question.host : null }),
      within: question.within + WAY,
    });
    const answer = answerSchema.safeParse(JSON.parse(printed));
    if (!answer.success) throw new Error(`pod ${namespace}/${pod.name} doesn't say what Redis answered`);
    if ("network" in answer.data) {
      const place = `${question.host}:${question.port}`;
      const message = `pod ${namespace}/${pod.name} doesn't reach ${place} (${answer.data.network})`;
      throw Object.assign(new Error(message), { code: UNREACHED });
    }
    if ("error" in answer.data) throw Object.assign(new Error(answer.data.error), { name: REPLY_ERROR });
    return answer.data.replies;
  };
}
