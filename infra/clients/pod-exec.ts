import { PassThrough } from "node:stream";
import { type ClientOptions, configured, loadClient } from "./kubernetes-client.ts";

/** A command that is run in a pod, beside what it runs anyway. */
export interface PodCommand {
  namespace: string;
  pod: string;
  container: string;
  command: readonly string[];
  /** the command's first line on stdin: what may be secret goes here, never among its arguments */
  line: string;
  /** milliseconds that it may take */
  within: number;
}

/** The longest answer that is kept, in bytes. */
const LONGEST = 1_048_576;

/**
 * Runs a command in a pod's container through the Kubernetes API and answers what it has printed.
 * @throws Error where it can't be run, fails, or takes too long; it names the pod, and nothing of the line
 */
export async function execInPod(options: ClientOptions, asked: PodCommand): Promise<string> {
  const { namespace, pod, container, command, line, within } = asked;
  const { Exec } = await loadClient();
  const config = await configured(options);
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  let text = "";
  stdout.on("data", (chunk: Buffer) => {
    if (text.length < LONGEST) text += chunk.toString();
  });
  stderr.resume();
  const failed = (why: string) => new Error(`a command can't be run in pod ${namespace}/${pod}: ${why}`);
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const timer = setTimeout(() => reject(failed(`no end within ${within} ms`)), within);
  let close: () => void = () => undefined;
  try {
    const socket = await Promise.race([
      new Exec(config).exec(namespace, pod, container, [...command], stdout, stderr, stdin, false, (status) => {
        if (status.status === "Success") resolve(text);
        else reject(failed(status.message ?? "it failed"));
      }),
      promise,
    ]);
    if (typeof socket === "string") return socket;
    close = () => socket.close();
    socket.on("close", () => reject(failed("the connection was closed before its end")));
    stdin.write(`${line}\n`);
    return await promise;
  } catch (error) {
    if (error instanceof Error) throw error;
    const told = error !== null && typeof error === "object" && "message" in error ? String(error.message) : "refused";
    throw failed(told);
  } finally {
    clearTimeout(timer);
    promise.catch(() => undefined);
    close();
  }
}
