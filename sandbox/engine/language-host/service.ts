import grpc from "@grpc/grpc-js";
import languageService from "@pulumi/pulumi/proto/language_grpc_pb.js";
import language from "@pulumi/pulumi/proto/language_pb.js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { endChildren } from "./children.ts";
import { about, installDependencies } from "./npm.ts";
import { runPolicyPack } from "./policy-pack.ts";
import { runProgram } from "./program.ts";

/** The engine sends whole stacks in one message; its own servers allow this much. */
const LARGEST_MESSAGE_BYTES = 400 * 1024 * 1024;

/** An ordinary call: a promise of the response, its rejection becoming the call's error. */
function unary<Request, Response>(
  answer: (request: Request) => Response | Promise<Response>,
): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    Promise.resolve(call.request)
      .then(answer)
      .then((response) => callback(null, response))
      .catch((error: Error) => callback({ code: grpc.status.UNKNOWN, details: error.message }));
  };
}

/**
 * Serves the language runtime on a free loopback port.
 * @returns the port
 */
export function serve(engine: string): Promise<number> {
  const server = new grpc.Server({
    "grpc.max_receive_message_length": LARGEST_MESSAGE_BYTES,
    "grpc.max_send_message_length": LARGEST_MESSAGE_BYTES,
  });
  server.addService(languageService.LanguageRuntimeService, {
    handshake: unary(() => new language.LanguageHandshakeResponse()),
    getPluginInfo: unary(() => new plugin.PluginInfo().setVersion("")),
    // Which provider a resource needs travels with its registration, so nothing has to be known beforehand.
    getRequiredPlugins: unary(() => new language.GetRequiredPluginsResponse()),
    getRequiredPackages: unary(() => new language.GetRequiredPackagesResponse()),
    run: unary((request: InstanceType<typeof language.RunRequest>) => runProgram(engine, request)),
    runPlugin: runPolicyPack,
    about: unary(about),
    // Loaded when asked: every update waits for what this file imports.
    getProgramDependencies: unary(async (request: InstanceType<typeof language.GetProgramDependenciesRequest>) => {
      const { programDependencies } = await import("./dependencies.ts");
      return programDependencies(request);
    }),
    installDependencies,
    runtimeOptionsPrompts: unary(() => new language.RuntimeOptionsResponse()),
    template: unary(() => new language.TemplateResponse()),
    cancel: unary(() => {
      endChildren();
      return new empty.Empty();
    }),
  });
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) =>
      error === null ? resolve(port) : reject(error),
    );
  });
}
