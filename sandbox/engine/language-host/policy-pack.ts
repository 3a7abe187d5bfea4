import { fileURLToPath } from "node:url";
import type { ServerWritableStream } from "@grpc/grpc-js";
import grpc from "@grpc/grpc-js";
import type { RunPluginRequest, RunPluginResponse } from "@pulumi/pulumi/proto/language_pb.js";
import language from "@pulumi/pulumi/proto/language_pb.js";
import { startNode } from "./children.ts";

const LAUNCHER = fileURLToPath(new URL("./pack-process.ts", import.meta.url));

/** `NAME=value` lines, as the engine sends an environment, into what a process is started with. The last one counts. */
export function environmentOf(lines: string[]): Record<string, string> {
  return Object.fromEntries(
    lines.map((line) => {
      const equals = line.indexOf("=");
      return [line.slice(0, equals), line.slice(equals + 1)];
    }),
  );
}

/** Runs a policy pack until the engine cancels the call; the pack's first line of output is its port, for the engine. */
export function runPolicyPack(call: ServerWritableStream<RunPluginRequest, RunPluginResponse>): void {
  const request = call.request;
  const folder = request.getInfo()?.getProgramDirectory() ?? request.getPwd();
  if (request.getKind() !== "analyzer") {
    call.emit("error", {
      code: grpc.status.UNIMPLEMENTED,
      details: `a plugin of kind ${request.getKind()} in ${folder}`,
    });
    return;
  }
  // A pack reads its version from the package.json of the folder it runs in.
  const child = startNode([LAUNCHER, folder, ...request.getArgsList()], {
    cwd: folder,
    env: environmentOf(request.getEnvList()),
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout?.on("data", (chunk: Uint8Array) => call.write(new language.RunPluginResponse().setStdout(chunk)));
  child.stderr?.on("data", (chunk: Uint8Array) => call.write(new language.RunPluginResponse().setStderr(chunk)));
  child.once("error", (error) => call.emit("error", { code: grpc.status.INTERNAL, details: error.message }));
  child.once("close", (code) => {
    call.write(new language.RunPluginResponse().setExitcode(code ?? 1));
    call.end();
  });
  call.once("cancelled", () => child.kill("SIGTERM"));
}
