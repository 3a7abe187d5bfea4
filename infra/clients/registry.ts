import { z } from "zod";
import { dockerLogin } from "./docker-login.ts";
import { ask } from "./http.ts";

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
  const { status, text } = await ask({ url, headers, within: WITHIN });
  if (status !== 200) throw new Error(`${url.host} gave no token (${status}): \`docker login\` first`);
  const { token, access_token } = tokenSchema.parse(JSON.parse(text));
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
      // A blob often lies elsewhere.
      const answer = await ask({ url: `${root}/${path}`, headers, within: WITHIN, redirects: 1 });
      if (answer.status === 200) return JSON.parse(answer.text);
      if (answer.status === 404) return null;
      if (answer.status !== 401 || attempt !== "first") throw new Error(`${host} answered ${answer.status}`);
      authorization = await credential(String(answer.headers["www-authenticate"] ?? ""), await dockerLogin(host));
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
