import { request } from "undici";
import { z } from "zod";
import { dockerLogin } from "./docker-login.ts";

/** What a registry tells of an image; null where it has none of that digest. */
export interface ImageFacts {
  /** the commit that the image says it was built from; null where it says none */
  revision: string | null;
  /** where it says so */
  source: string;
}

const MANIFESTS = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");
const REVISION = "org.opencontainers.image.revision";
const WITHIN = 15_000;

const annotations = z.record(z.string(), z.string()).optional();
const manifestSchema = z.object({
  annotations,
  config: z.object({ digest: z.string() }).optional(),
  manifests: z
    .array(
      z.object({ digest: z.string(), platform: z.object({ os: z.string(), architecture: z.string() }).optional() }),
    )
    .optional(),
});
const configSchema = z.object({ config: z.object({ Labels: z.record(z.string(), z.string()).nullish() }).optional() });
const tokenSchema = z.object({ token: z.string().optional(), access_token: z.string().optional() });

/** The parts of NAME@sha256:...: the registry's host, the repository, the digest (pure). */
export function partsOf(image: string): { host: string; repository: string; digest: string } {
  const [name = "", digest = ""] = image.split("@");
  const [first = "", ...rest] = name.split("/");
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  if (isHost) return { host: first, repository: rest.join("/"), digest };
  return { host: "registry-1.docker.io", repository: rest.length === 0 ? `library/${name}` : name, digest };
}

/** The answer to a registry's challenge: a bearer token from where it points to, or the login itself. */
async function credential(challenge: string, basic: string | null): Promise<string | null> {
  const login = basic === null ? null : `Basic ${basic}`;
  if (!/^bearer /i.test(challenge)) return login;
  const fields = Object.fromEntries(
    [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = "", value = ""]) => [key, value]),
  );
  const { realm, ...query } = fields;
  if (realm === undefined) return null;
  const url = new URL(realm);
  for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
  const safe = url.protocol === "https:" || ["127.0.0.1", "localhost"].includes(url.hostname);
  if (!safe) throw new Error(`${url.host} asks for the login in clear: use a registry whose tokens come over https`);
  const headers = login === null ? {} : { authorization: login };
  const answer = await request(url, { headers, signal: AbortSignal.timeout(WITHIN) });
  if (answer.statusCode !== 200)
    throw new Error(`${url.host} gave no token (${answer.statusCode}): \`docker login\` first`);
  const { token, access_token } = tokenSchema.parse(await answer.body.json());
  return `Bearer ${token ?? access_token ?? ""}`;
}

/**
 * Asks a registry (the distribution specification's HTTP API) for an image and its label of the commit.
 * @param base another address than the image's own registry, such as a mirror's
 * @throws Error where the registry can't be asked, never with a credential
 */
export async function imageFacts(image: string, base: string | null): Promise<ImageFacts | null> {
  const { host, repository, digest } = partsOf(image);
  const root = `${base ?? `https://${host}`}/v2/${repository}`;
  let authorization: string | null = null;
  const get = async (path: string): Promise<unknown> => {
    for (const attempt of ["first", "with a credential"] as const) {
      const headers: Record<string, string> = { accept: `${MANIFESTS}, application/json` };
      if (authorization !== null) headers.authorization = authorization;
      const answer = await followed(`${root}/${path}`, headers);
      if (answer.statusCode === 200) return answer.body;
      if (answer.statusCode === 404) return null;
      if (answer.statusCode !== 401 || attempt !== "first") throw new Error(`${host} answered ${answer.statusCode}`);
      authorization = await credential(answer.challenge, await dockerLogin(host));
      if (authorization === null) throw new Error(`${host} asks for a login: \`docker login ${host}\` first`);
    }
    return null;
  };
  const found = await get(`manifests/${digest}`);
  if (found === null) return null;
  const top = manifestSchema.parse(found);
  const linux = top.manifests?.find(({ platform }) => platform?.os === "linux") ?? top.manifests?.[0];
  const manifest = linux === undefined ? top : manifestSchema.parse(await get(`manifests/${linux.digest}`));
  const annotated = manifest.annotations?.[REVISION] ?? top.annotations?.[REVISION];
  if (annotated !== undefined) return { revision: annotated, source: `annotation ${REVISION}` };
  if (manifest.config === undefined) return { revision: null, source: "no configuration" };
  const config = configSchema.parse(await get(`blobs/${manifest.config.digest}`));
  return { revision: config.config?.Labels?.[REVISION] ?? null, source: `label ${REVISION}` };
}

interface Followed {
  statusCode: number;
  challenge: string;
  body: unknown;
}

/** One GET; a blob often lies elsewhere, and the credential isn't for there. */
async function followed(url: string, headers: Record<string, string>): Promise<Followed> {
  const signal = AbortSignal.timeout(WITHIN);
  let answer = await request(url, { headers, signal });
  const { location } = answer.headers;
  if ([301, 302, 303, 307, 308].includes(answer.statusCode) && typeof location === "string") {
    await answer.body.dump();
    answer = await request(new URL(location, url), { signal });
  }
  const text = await answer.body.text();
  const body: unknown = answer.statusCode === 200 ? JSON.parse(text) : null;
  return { statusCode: answer.statusCode, challenge: String(answer.headers["www-authenticate"] ?? ""), body };
}
