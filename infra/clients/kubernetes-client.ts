import type { KubeConfig } from "@kubernetes/client-node";
import pRetry, { AbortError } from "p-retry";
import { badInput } from "../errors.ts";

/** Answers that are worth another try: too many requests, and a server that is starting or overloaded. */
const PASSING = new Set([429, 500, 502, 503, 504]);
const ANSWERED = new Set([200, 201, 202]);

/** Where the API server is asked. */
export interface ClientOptions {
  /** A context of the kubeconfig; null: the current one. */
  context: string | null;
  /** How long an answer may take, and how often it is asked for; unless said, 10 s each of four times. */
  patience?: Patience;
}

/** How long an answer may take, in milliseconds, and how often it is asked for again. */
export interface Patience {
  within: number;
  retries: number;
}

const PATIENT: Patience = { within: 10_000, retries: 3 };
/** For a person who waits for the answer, and asks again by hand. */
export const AT_ONCE: Patience = { within: 2_500, retries: 0 };

/** Asks the API server: the text of an answer, or null for 404. */
export type Ask = (path: string, query?: Readonly<Record<string, string>>) => Promise<string | null>;

export interface Client {
  read: Ask;
  /** Reads a list's metadata alone: of Secrets, no value comes along. */
  readMetadata: Ask;
  /** Deletes an object. A second try finds it gone or leaving. */
  remove: Ask;
  /** Asks once, and passes on whatever is answered: for answers that are evidence, such as a 503. */
  answer: (path: string, within: number) => Promise<Answer>;
  /** Sends an object once, and passes on whatever is answered: a 409 is for whoever sent it. */
  write: (method: "POST" | "PUT", path: string, body: unknown, within: number) => Promise<Answer>;
  /** Asks something that takes a body and keeps nothing, such as what one may do. */
  review: (path: string, body: unknown) => Promise<string>;
}

/** An answer as it came; no status where there was none, with a word why. */
export interface Answer {
  status: number | null;
  text: string;
}

type Verb = "GET" | "DELETE" | "POST" | "PUT";

/** Asks for metadata alone, as every API server since 1.15 gives it. */
const METADATA_ALONE = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

function choose(config: KubeConfig, { context }: ClientOptions): void {
  if (context !== null) {
    const known = config.getContexts().map(({ name }) => name);
    if (!known.includes(context)) {
      throw badInput(
        `production-runbooks:cluster.context: the kubeconfig has no context "${context}" (it has ${known.join(", ")}): set KUBECONFIG or the setting`,
      );
    }
    config.setCurrentContext(context);
  }
}

function serverOf(config: KubeConfig): string {
  const server = config.getCurrentCluster()?.server;
  if (server === undefined) throw badInput("the kubeconfig names no cluster: set KUBECONFIG to one that does");
  return server.replace(/\/+$/, "");
}

/** Loads the client library, a third of a second: whoever waits for something else meanwhile, such as a process, begins it then. */
export const loadClient = () => import("@kubernetes/client-node");

/** The kubeconfig, with the context that is to be used as its current one. @throws Refusal (exit 2) where it has no such context */
export async function configured(options: ClientOptions): Promise<KubeConfig> {
  const { KubeConfig } = await loadClient();
  const config = new KubeConfig();
  config.loadFromDefault();
  choose(config, options);
  return config;
}

/**
 * Opens the API server that the kubeconfig names (KUBECONFIG, else the user's own, else the pod's).
 * @throws Refusal (exit 2) where the kubeconfig has no such context or no cluster
 */
export async function openClient(options: ClientOptions): Promise<Client> {
  const { HttpMethod, IsomorphicFetchHttpLibrary, RequestContext } = await loadClient();
  const config = await configured(options);
  const server = serverOf(config);
  const { within: answerWithin, retries } = options.patience ?? PATIENT;
  const library = new IsomorphicFetchHttpLibrary();
  let dispatcher: ReturnType<InstanceType<typeof RequestContext>["getDispatcher"]>;
  const prepare = async (method: Verb, path: string, query: Readonly<Record<string, string>>) => {
    const url = new URL(`${server}${path}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const request = new RequestContext(url.href, HttpMethod[method]);
    await config.applySecurityAuthentication(request);
    // The library makes a new connection pool for every request: the first one is kept.
    dispatcher ??= request.getDispatcher();
    if (dispatcher !== undefined) request.setDispatcher(dispatcher);
    return request;
  };
  const send = async (what: string, request: InstanceType<typeof RequestContext>) => {
    request.setSignal(AbortSignal.timeout(answerWithin));
    const answer = await library.send(request).toPromise();
    const text = await answer.body.text();
    if (ANSWERED.has(answer.httpStatusCode)) return text;
    if (answer.httpStatusCode === 404) return null;
    const refused = new Error(`the API server answered ${answer.httpStatusCode} to ${what}: ${messageOf(text)}`);
    throw PASSING.has(answer.httpStatusCode) ? refused : new AbortError(refused);
  };
  const patiently = async (can: string, what: string, prepared: ReturnType<typeof prepare>) => {
    try {
      const request = await prepared;
      return await pRetry(() => send(what, request), { retries, minTimeout: 200, maxTimeout: 1_000 });
    } catch (error) {
      throw badInput(
        `the cluster at ${server} can't be ${can}: ${causeOf(error)}: see that it runs and that KUBECONFIG is right`,
      );
    }
  };
  const asking =
    (method: Verb, can: string): Ask =>
    (path, query = {}) =>
      patiently(can, `${method} ${path}`, prepare(method, path, query));
  const readMetadata: Ask = (path, query = {}) => {
    const prepared = prepare("GET", path, query).then((request) => {
      request.setHeaderParam("accept", METADATA_ALONE);
      return request;
    });
    return patiently("read", `GET ${path}`, prepared);
  };
  const withBody = (request: InstanceType<typeof RequestContext>, body: unknown) => {
    request.setHeaderParam("content-type", "application/json");
    request.setBody(JSON.stringify(body));
    return request;
  };
  const review = async (path: string, body: unknown): Promise<string> => {
    const prepared = prepare("POST", path, {}).then((request) => withBody(request, body));
    const text = await patiently("asked", `POST ${path}`, prepared);
    if (text === null) throw badInput(`the cluster at ${server} has no ${path}`);
    return text;
  };
  const once = async (prepared: ReturnType<typeof prepare>, within: number): Promise<Answer> => {
    try {
      const request = await prepared;
      request.setSignal(AbortSignal.timeout(within));
      const answered = await library.send(request).toPromise();
      return { status: answered.httpStatusCode, text: await answered.body.text() };
    } catch (error) {
      return { status: null, text: causeOf(error) };
    }
  };
  const write = (method: "POST" | "PUT", path: string, body: unknown, within: number) =>
    once(
      prepare(method, path, {}).then((request) => withBody(request, body)),
      within,
    );
  return {
    read: asking("GET", "read"),
    readMetadata,
    remove: asking("DELETE", "changed"),
    answer: (path, within) => once(prepare("GET", path, {}), within),
    write,
    review,
  };
}

function messageOf(text: string): string {
  try {
    const status: unknown = JSON.parse(text);
    if (typeof status === "object" && status !== null && "message" in status) return String(status.message);
  } catch {
    return text.slice(0, 200);
  }
  return text.slice(0, 200);
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
