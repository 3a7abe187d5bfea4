import type { ChildProcess } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Writable } from "node:stream";
import type { RunRequest } from "@pulumi/pulumi/proto/language_pb.js";
import language from "@pulumi/pulumi/proto/language_pb.js";
import { type ProgramRun, runnerArguments, unsupportedOption } from "./arguments.ts";
import { startNode } from "./children.ts";

/** What @pulumi/pulumi's runner leaves with when it has shown the program's error to the user already. */
const ERROR_ALREADY_SHOWN = 32;

/** What the program loads first: it reads the configuration that is handed over. */
const CONFIGURATION = new URL("./configuration.ts", import.meta.url).href;

/**
 * The SDK sets this flag while it is being loaded. Set from the start, the program has a compile cache of its own: V8 takes nothing from one that was
 * written under other flags, so that the runner, the pack and the program would each throw away what the one before it wrote.
 */
const SET_BY_SDK = "--allow-natives-syntax";

/** Hands the configuration over through a pipe: it holds secrets, and everybody's processes show their environment. */
function handOver(child: ChildProcess, configuration: string): void {
  const pipe = child.stdio[3];
  if (!(pipe instanceof Writable)) throw new Error("the program has no pipe for its configuration");
  // A program that couldn't be started says so by itself.
  pipe.on("error", () => undefined);
  pipe.end(configuration);
}

/** How an update's program ended. `bail`: it failed and its error has been shown. */
export type Ending = { error: string } | { bail: true } | "done";

/** Reads the exit of @pulumi/pulumi's runner. */
export function endingOf(code: number | null, signal: string | null): Ending {
  if (code === 0) return "done";
  if (code === ERROR_ALREADY_SHOWN) return { bail: true };
  return { error: signal === null ? `Program exited with code ${code}` : `Program was ended by ${signal}` };
}

/** Runs the program of one preview or update to its end, in a process of its own. */
export async function runProgram(
  engine: string,
  request: RunRequest,
): Promise<InstanceType<typeof language.RunResponse>> {
  const response = new language.RunResponse();
  const info = request.getInfo();
  const refused = unsupportedOption(info?.getOptions()?.toJavaScript() ?? {});
  const ending = refused === undefined ? await finished(engine, request) : { error: refused };
  if (ending === "done") return response;
  return "bail" in ending ? response.setBail(true) : response.setError(ending.error);
}

function finished(engine: string, request: RunRequest): Promise<Ending> {
  const run: ProgramRun = {
    monitor: request.getMonitorAddress(),
    engine,
    organization: request.getOrganization(),
    project: request.getProject(),
    rootDirectory: request.getInfo()?.getRootDirectory() ?? "",
    stack: request.getStack(),
    pwd: request.getPwd(),
    dryRun: request.getDryrun() ? "preview" : "apply",
    parallel: request.getParallel(),
    program: request.getProgram() || ".",
    args: request.getArgsList(),
  };
  // The program's own copy of the SDK runs it, as the official host does; two copies would not share their state.
  const runner = createRequire(join(run.pwd, "package.json")).resolve("@pulumi/pulumi/cmd/run");
  const child = startNode([SET_BY_SDK, "--import", CONFIGURATION, runner, ...runnerArguments(run)], {
    cwd: run.pwd,
    env: {
      ...process.env,
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
      PULUMI_NODEJS_TYPESCRIPT: "false",
    },
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
  handOver(child, JSON.stringify(Object.fromEntries(request.getConfigMap().toArray())));
  return new Promise((resolve) => {
    child.once("error", (error) => resolve({ error: `Node could not be started: ${error.message}` }));
    child.once("close", (code, signal) => resolve(endingOf(code, signal)));
  });
}
