import type { KubeConfig } from "@kubernetes/client-node";
import { z } from "zod";
import { parsedJson } from "../domain/json.ts";
import { badInput } from "../errors.ts";
import { ask, type Call } from "./http.ts";
import { withTokenFiles } from "./token-files.ts";

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
export type Ask = (path: string, query?: Query) => Promise<string | null>;

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

type Query = Readonly<Record<string, string>>;
type Verb = "GET" | "DELETE" | "POST" | "PUT";

/** Asks for metadata alone, as every API server since 1.15 gives it. */
const METADATA_ALONE = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

function choose(config: KubeConfig, { context }: ClientOptions): void {
  if (context === null) return;
  const known = config.getContexts().map(({ name }) => name);
  if (!known.includes(context)) {
    throw badInput(
      `production-runbooks:cluster.context: the kubeconfig has no context "${context}" (it has ${known.join(", ")}): set KUBECONFIG or the setting`,
    );
  }
  config.setCurrentContext(context);
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
  withTokenFiles(config);
  choose(config, options);
  return config;
}

/**
 * Opens the API server that the kubeconfig names (KUBECONFIG, else the user's own, else the pod's).
 * @throws Refusal (exit 2) where the kubeconfig has no such context or no cluster
 */
export async function openClient(options: ClientOptions): Promise<Client> {
  const { HttpMethod, RequestContext } = await loadClient();
  const config = await configured(options);
  const server = serverOf(config);
  const patience = options.patience ?? PATIENT;
  let dispatcher: ReturnType<InstanceType<typeof RequestContext>["getDispatcher"]>;
  /** Asks with the kubeconfig's credential, over the connections that it asks for. */
  const authorized = async (method: Verb, path: string, query: Query, how: Partial<Call>) => {
    const url = new URL(`${server}${path}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const request = new RequestContext(url.href, HttpMethod[method]);
    await config.applySecurityAuthentication(request);
    // The library makes a new connection pool for every request: the first one is kept.
    dispatcher ??= request.getDispatcher();
    return ask({ ...how, url, method, dispatcher, headers: { ...request.getHeaders(), ...how.headers } });
  };
  const patiently = async (can: string, method: Verb, path: string, query: Query, how: Partial<Call>) => {
    try {
      const { status, text } = await authorized(method, path, query, { ...patience, ...how });
      if (ANSWERED.has(status)) return text;
      if (status === 404) return null;
      throw new Error(`the API server answered ${status} to ${method} ${path}: ${messageOf(text)}`);
    } catch (error) {
      throw badInput(
        `the cluster at ${server} can't be ${can}: ${causeOf(error)}: see that it runs and that KUBECONFIG is right`,
      );
    }
  };
  const once = async (method: Verb, path: string, how: Partial<Call>): Promise<Answer> => {
    try {
      return await authorized(method, path, {}, how);
    } catch (error) {
      return { status: null, text: causeOf(error) };
    }
  };
  return {
    read: (path, query = {}) => patiently("read", "GET", path, query, {}),
    readMetadata: (path, query = {}) => patiently("read", "GET", path, query, { headers: { accept: METADATA_ALONE } }),
    remove: (path, query = {}) => patiently("changed", "DELETE", path, query, {}),
    answer: (path, within) => once("GET", path, { within }),
    write: (method, path, body, within) => once(method, path, { json: body, within }),
    async review(path, body) {
      const text = await patiently("asked", "POST", path, {}, { json: body });
      if (text === null) throw badInput(`the cluster at ${server} has no ${path}`);
      return text;
    },
  };
}

const statusSchema = z.object({ message: z.string() });

/** What an answer of the API server says: its Status' message, else how its text begins (pure). */
export function messageOf(text: string): string {
  return statusSchema.safeParse(parsedJson(text)).data?.message ?? text.slice(0, 200);
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
