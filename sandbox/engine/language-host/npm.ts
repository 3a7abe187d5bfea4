import { spawn } from "node:child_process";
import type { ServerWritableStream } from "@grpc/grpc-js";
import grpc from "@grpc/grpc-js";
import type { InstallDependenciesRequest, InstallDependenciesResponse } from "@pulumi/pulumi/proto/language_pb.js";
import language from "@pulumi/pulumi/proto/language_pb.js";

/** What `pulumi about` shows of the runtime. */
export function about(): InstanceType<typeof language.AboutResponse> {
  return new language.AboutResponse().setExecutable(process.execPath).setVersion(process.versions.node);
}

/** `pulumi install`: npm, its output passed on as it comes. */
export function installDependencies(
  call: ServerWritableStream<InstallDependenciesRequest, InstallDependenciesResponse>,
): void {
  const npm = spawn("npm", ["install"], { cwd: call.request.getDirectory(), stdio: ["ignore", "pipe", "pipe"] });
  npm.stdout.on("data", (chunk: Uint8Array) => call.write(new language.InstallDependenciesResponse().setStdout(chunk)));
  npm.stderr.on("data", (chunk: Uint8Array) => call.write(new language.InstallDependenciesResponse().setStderr(chunk)));
  const failed = (details: string) => call.emit("error", { code: grpc.status.INTERNAL, details });
  npm.once("error", (error) => failed(`npm could not be started: ${error.message}`));
  npm.once("close", (code) => (code === 0 ? call.end() : failed(`npm install left with ${code}`)));
  call.once("cancelled", () => npm.kill("SIGTERM"));
}
