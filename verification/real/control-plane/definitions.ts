import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import type { ApiServer } from "./api-server.ts";

const SERVED_WITHIN = 60_000;
const WANTED = /^gateway\.networking\.k8s\.io_[a-z]+\.yaml$/;

/** Creates an object; one that is there already is no error. @throws Error with the server's answer */
export async function mustCreate(server: Pick<ApiServer, "send">, path: string, body: unknown): Promise<void> {
  const { status, body: answer } = await server.send("POST", path, body);
  if (![200, 201, 409].includes(status)) throw new Error(`${path}: ${status} ${JSON.stringify(answer).slice(0, 300)}`);
}

const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const definitionSchema = z.looseObject({
  kind: z.literal("CustomResourceDefinition"),
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({
    group: z.string(),
    names: z.looseObject({ kind: z.string() }),
    versions: z.array(z.looseObject({ name: z.string(), served: z.boolean() })),
  }),
});
type Definition = z.infer<typeof definitionSchema>;

/** Installs the Gateway API's definitions and waits until they are served. */
export async function applyDefinitions(server: Pick<ApiServer, "send">, folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((file) => WANTED.test(file));
  await applyFiles(
    server,
    names.map((name) => join(folder, name)),
  );
}

/** Installs the CustomResourceDefinitions of files and waits until each is served. @throws Error naming one that isn't */
export async function applyFiles(server: Pick<ApiServer, "send">, files: readonly string[]): Promise<void> {
  const texts = await Promise.all(files.map((file) => readFile(file, "utf8")));
  const definitions = texts.flatMap(definitionsIn);
  for (const definition of definitions) await mustCreate(server, DEFINITIONS, definition);
  const deadline = Date.now() + SERVED_WITHIN;
  for (const definition of definitions) {
    while (!(await isServed(server, definition))) {
      if (Date.now() > deadline) throw new Error(`${definition.metadata.name} isn't served`);
      await delay(200);
    }
  }
}

/** The definitions of a file of YAML documents (pure). @throws Error where one is something else */
export function definitionsIn(text: string): Definition[] {
  return parseAllDocuments(text)
    .map((document): unknown => document.toJS())
    .filter((document) => document !== null)
    .map((document) => definitionSchema.parse(document));
}

const establishedSchema = z.object({
  status: z
    .object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]) })
    .default({ conditions: [] }),
});
const servedSchema = z.object({ resources: z.array(z.object({ kind: z.string() })) });

async function isServed(server: Pick<ApiServer, "send">, { metadata, spec }: Definition): Promise<boolean> {
  const { body } = await server.send("GET", `${DEFINITIONS}/${metadata.name}`);
  const { conditions } = establishedSchema.parse(body).status;
  if (!conditions.some(({ type, status }) => type === "Established" && status === "True")) return false;
  const version = spec.versions.find(({ served }) => served)?.name;
  const listed = await server.send("GET", `/apis/${spec.group}/${version}`);
  return (
    listed.status === 200 && servedSchema.parse(listed.body).resources.some(({ kind }) => kind === spec.names.kind)
  );
}
