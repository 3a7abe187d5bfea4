import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parse } from "yaml";
import type { ApiServer } from "./api-server.ts";

const SERVED_WITHIN = 60_000;
const WANTED = /^gateway\.networking\.k8s\.io_[a-z]+\.yaml$/;

/** Creates an object; one that is there already is no error. @throws Error with the server's answer */
export async function mustCreate(server: Pick<ApiServer, "send">, path: string, body: unknown): Promise<void> {
  const { status, body: answer } = await server.send("POST", path, body);
  if (![200, 201, 409].includes(status)) throw new Error(`${path}: ${status} ${JSON.stringify(answer).slice(0, 300)}`);
}

/** Installs the Gateway API's definitions and waits until they are served. */
export async function applyDefinitions(server: Pick<ApiServer, "send">, folder: string): Promise<void> {
  for (const name of (await readdir(folder)).filter((file) => WANTED.test(file))) {
    const definition: unknown = parse(await readFile(join(folder, name), "utf8"));
    await mustCreate(server, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition);
  }
  const deadline = Date.now() + SERVED_WITHIN;
  for (;;) {
    const { body } = await server.send("GET", "/apis/gateway.networking.k8s.io/v1");
    if (JSON.stringify(body).includes("HTTPRoute")) return;
    if (Date.now() > deadline) throw new Error("the Gateway API isn't served");
    await delay(200);
  }
}
