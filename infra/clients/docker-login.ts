import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { parsedJson } from "../domain/json.ts";

const configSchema = z.object({
  auths: z.record(z.string(), z.object({ auth: z.string().optional() })).default({}),
  credsStore: z.string().optional(),
  credHelpers: z.record(z.string(), z.string()).default({}),
});
const answerSchema = z.object({ Username: z.string(), Secret: z.string() });

/** What a helper prints for a registry that it has no login of (docker-credential-helpers, credentials/error.go). */
const NOT_FOUND = "credentials not found in native keychain";
/** The user's name with which a helper gives an identity token in place of a password (docker/cli, cli/config/credentials). */
const TOKEN_USER = "<token>";
const WITHIN = 15_000;

/** Under which names a login may be kept; Docker Hub's under that of its first API (docker/cli, registry.IndexServer). */
function namesOf(host: string): string[] {
  const hub = host === "registry-1.docker.io" ? ["https://index.docker.io/v1/", "docker.io", "index.docker.io"] : [];
  return [host, `https://${host}`, `https://${host}/v1/`, ...hub];
}

/**
 * The login that `docker login` or a credential helper has for a registry, as the value of an `authorization: Basic` header; null
 * where there is none.
 * @throws Error where the configuration or its helper can't be read, never with the login
 */
export async function dockerLogin(host: string): Promise<string | null> {
  const file = join(process.env.DOCKER_CONFIG ?? join(homedir(), ".docker"), "config.json");
  const { auths, credsStore, credHelpers } = await readConfig(file);
  const names = namesOf(host);
  const helper = names.flatMap((name) => credHelpers[name] ?? [])[0] ?? credsStore;
  if (helper !== undefined) {
    for (const name of names) {
      const login = await askHelper(helper, name);
      if (login !== null) return login;
    }
  }
  return names.flatMap((name) => auths[name]?.auth ?? [])[0] ?? null;
}

async function readConfig(file: string): Promise<z.infer<typeof configSchema>> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "{}";
    throw new Error(`${file} can't be read (${error.code ?? error.name}): see who may read it`);
  });
  try {
    return configSchema.parse(JSON.parse(text));
  } catch {
    throw new Error(`${file} is not a docker configuration: fix it, or run \`docker login\` again`);
  }
}

/** Asks `docker-credential-NAME get`, which reads the registry's name on stdin. */
async function askHelper(helper: string, registry: string): Promise<string | null> {
  const program = `docker-credential-${helper}`;
  const { code, printed } = await new Promise<{ code: unknown; printed: string }>((resolve) => {
    const child = execFile(program, ["get"], { timeout: WITHIN }, (error, stdout) =>
      resolve({ code: error === null ? 0 : error.code, printed: stdout }),
    );
    // A helper may end without reading; what it has answered counts.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(registry);
  });
  if (typeof code === "string") {
    throw new Error(`${program} can't be run (${code}): install it, or fix docker's config.json`);
  }
  if (code !== 0) {
    if (printed.trim() === NOT_FOUND) return null;
    throw new Error(`${program} gave no login for ${registry}: see what \`${program} get\` says of it`);
  }
  const answer = answerSchema.safeParse(parsedJson(printed));
  if (!answer.success) throw new Error(`${program} answered no login for ${registry}: see its version`);
  const { Username, Secret } = answer.data;
  if (Username === TOKEN_USER) {
    throw new Error(
      `${program} has an identity token for ${registry}, which isn't supported: log in with a password or an access token`,
    );
  }
  return Buffer.from(`${Username}:${Secret}`).toString("base64");
}
