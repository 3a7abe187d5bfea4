import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { HEADER_VARIABLE } from "../../infra/domain/release-header.ts";
import { locateToolchain, toolchainEnvironment } from "../../tools/toolchain.mjs";
import { REGION } from "../cloud/accounts.ts";
import type { Ready, SandboxPaths } from "../cloud/state.ts";
import { FOLDER_VARIABLE, ROOT } from "./sandbox.ts";

/** 24 hours pass in six seconds. */
const TIME_SCALE = 14_400;

/** Authorities that the reader's Node trusts stay trusted: Node takes one file, so that both stand in it. */
function withOwnAuthorities(paths: SandboxPaths, caFile: string): string {
  const own = process.env.NODE_EXTRA_CA_CERTS ?? "";
  const both = join(paths.root, "authorities.pem");
  if (own === "" || own === caFile || own === both || !existsSync(own)) return own === both ? both : caFile;
  writeFileSync(both, `${readFileSync(own, "utf8").trimEnd()}\n${readFileSync(caFile, "utf8")}`);
  return both;
}

/**
 * A file backend whose checkpoints survive a killed engine: beside each one gocloud's fileblob writes its attributes, in place, and a
 * checkpoint whose attributes are cut off can't be read any more (`metadata` in its documentation).
 */
export const fileBackend = (folder: string): string => `file://${folder}?metadata=skip`;

/** What turns a plain shell into one where `pulumi` and `runbook` work on the sandbox. */
export function sandboxEnvironment(paths: SandboxPaths, ready: Ready): Record<string, string> {
  const toolchain = toolchainEnvironment(locateToolchain());
  const { aws, kubernetes, random } = ready.providers;
  return {
    PATH: toolchain.PATH ?? "",
    [FOLDER_VARIABLE]: relative(ROOT, paths.root),
    PULUMI_HOME: paths.pulumiHome,
    PULUMI_BACKEND_URL: fileBackend(paths.backend),
    PULUMI_DEBUG_PROVIDERS: [
      `aws:${aws}`,
      ...(kubernetes === null ? [] : [`kubernetes:${kubernetes}`]),
      `random:${random}`,
    ].join(","),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    AWS_ENDPOINT_URL_KMS: ready.kms,
    AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: ready.logs,
    RUNBOOKS_REGISTRY_URL: ready.registry,
    RUNBOOKS_SERVICES: Object.entries(ready.services)
      .map(([host, origin]) => `${host}=${origin}`)
      .join(" "),
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: "sandbox",
    AWS_SECRET_ACCESS_KEY: "sandbox",
    KUBECONFIG: paths.kubeconfig,
    NODE_EXTRA_CA_CERTS: withOwnAuthorities(paths, ready.caFile),
    RUNBOOKS_RECORDS: `file://${ready.records}`,
    RUNBOOKS_NOTIFY_URL: ready.inbox,
    RUNBOOKS_PROVE_DATABASE_URL: ready.proofs,
    [HEADER_VARIABLE]: "plain",
    RUNBOOKS_TIME_SCALE: String(TIME_SCALE),
    NODE_COMPILE_CACHE: toolchain.NODE_COMPILE_CACHE ?? join(paths.root, "compile-cache"),
  };
}
