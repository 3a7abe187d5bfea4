import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { isDeepStrictEqual } from "node:util";
import { Metadata, Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData, status } from "@grpc/grpc-js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import grpc, { type IResourceProviderServer } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import proto from "@pulumi/pulumi/proto/provider_pb.js";
import rpcStatus from "@pulumi/pulumi/proto/status_pb.js";
import any from "google-protobuf/google/protobuf/any_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import struct, { type Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import { z } from "zod";
import { environmentOfPeer } from "./engine-environment.ts";
import {
  type Checked,
  InitializationFailed,
  type ProviderHandler,
  type ResourceContext,
  type ResourceHandler,
} from "./handler.ts";
import { isObject, type Props, projectOnto, propsFromWire, propsToWire } from "./wire.ts";

export * from "./handler.ts";

/** A provider that the engine can attach to. */
export interface ServedProvider {
  port: number;
  close(): Promise<void>;
}

interface ResourceRequest {
  getUrn(): string;
  getTimeout?(): number;
  getPreview?(): boolean;
  getIgnorechangesList?(): string[];
}

function contextOf(request: ResourceRequest, environment: () => Record<string, string>): ResourceContext {
  const urn = request.getUrn();
  const [head = "", , types = "", ...name] = urn.split("::");
  return {
    urn,
    stack: head.slice("urn:pulumi:".length),
    type: types.split("$").at(-1) ?? "",
    name: name.join("::"),
    timeoutSeconds: request.getTimeout?.() ?? 0,
    preview: request.getPreview?.() === true ? "preview" : "apply",
    ignoreChanges: request.getIgnorechangesList?.() ?? [],
    engineEnvironment: environment,
  };
}

const propsOf = (message: Struct | undefined): Props => propsFromWire(message?.toJavaScript());
const structOf = (props: Props, secrets?: readonly string[]): Struct =>
  struct.Struct.fromJavaScript(propsToWire(props, secrets));

/** How the engine learns of a failure; a half-made resource travels along, so that its state keeps it. */
function failureOf(error: unknown): { code: status; details: string; metadata: Metadata } {
  const metadata = new Metadata();
  const details = error instanceof Error ? error.message : String(error);
  if (error instanceof InitializationFailed) {
    const half = new proto.ErrorResourceInitFailed();
    half.setId(error.id);
    half.setProperties(structOf(error.outputs));
    half.setReasonsList(error.reasons);
    const packed = new any.Any();
    packed.pack(half.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
    const message = new rpcStatus.Status();
    message.setCode(status.UNKNOWN);
    message.setMessage(details);
    message.addDetails(packed);
    metadata.add("grpc-status-details-bin", Buffer.from(message.serializeBinary()));
  }
  return { code: status.UNKNOWN, details, metadata };
}

/** A gRPC method from a function: what it returns is the answer, what it throws is the failure. */
function answer<Request, Response>(work: (request: Request, peer: string) => Promise<Response> | Response) {
  return (call: ServerUnaryCall<Request, Response>, reply: sendUnaryData<Response>): void => {
    Promise.resolve(call.request)
      .then((request) => work(request, call.getPeer()))
      .then(
        (response) => reply(null, response),
        (error: unknown) => reply(failureOf(error)),
      );
  };
}

function checkResponse({ inputs, failures, secretInputs }: Checked) {
  const response = new proto.CheckResponse();
  response.setInputs(structOf(inputs, secretInputs));
  response.setFailuresList(
    failures.map(({ property, reason }) => {
      const failure = new proto.CheckFailure();
      failure.setProperty(property);
      failure.setReason(reason);
      return failure;
    }),
  );
  return response;
}

/** What a preview shows of an update: what is computed stays as it was, but where its own input has changed. */
function foreseen(oldOutputs: Props, oldInputs: Props, news: Props): Props {
  const kept = Object.entries(oldOutputs).filter(([key]) => isDeepStrictEqual(oldInputs[key], news[key]));
  return { ...news, ...Object.fromEntries(kept) };
}

const packageSchema = z.object({ version: z.string() });

/** The version of the provider's SDK: what programs of this project expect the provider to be. */
function versionOf({ name }: ProviderHandler): string {
  const file = createRequire(import.meta.url).resolve(`@pulumi/${name}/package.json`);
  return packageSchema.parse(JSON.parse(readFileSync(file, "utf8"))).version;
}

function serviceOf(handler: ProviderHandler, port: () => number) {
  const version = versionOf(handler);
  const asked = (request: ResourceRequest, peer: string) => contextOf(request, () => environmentOfPeer(peer, port()));
  const known = (ctx: ResourceContext): ResourceHandler => {
    const resource = handler.resource(ctx.type);
    if (resource === undefined) throw new Error(`the sandbox's ${handler.name} provider has no type ${ctx.type}`);
    return resource;
  };

  return {
    // Secrets arrive unwrapped and the engine marks them again in what comes back: it does so for every provider
    // that doesn't claim to accept them, and so no handler can lose a mark.
    handshake: answer(() => new proto.ProviderHandshakeResponse()),
    attach: answer(() => new empty.Empty()),
    cancel: answer(() => new empty.Empty()),
    getPluginInfo: answer(() => {
      const info = new plugin.PluginInfo();
      info.setVersion(version);
      return info;
    }),
    getSchema: answer(() => {
      const response = new proto.GetSchemaResponse();
      response.setSchema(JSON.stringify({ name: handler.name, version }));
      return response;
    }),
    configure: answer(() => {
      const response = new proto.ConfigureResponse();
      response.setSupportspreview(true);
      return response;
    }),
    checkConfig: answer((request) => checkResponse({ inputs: propsOf(request.getNews()), failures: [] })),
    diffConfig: answer(() => {
      const response = new proto.DiffResponse();
      response.setChanges(proto.DiffResponse.DiffChanges.DIFF_NONE);
      return response;
    }),
    check: answer((request, peer) => {
      const ctx = asked(request, peer);
      const news = propsOf(request.getNews());
      const resource = handler.resource(ctx.type);
      if (resource === undefined) {
        const reason = `the sandbox's ${handler.name} provider has no type ${ctx.type}`;
        return checkResponse({ inputs: news, failures: [{ property: "", reason }] });
      }
      return checkResponse(resource.check(news, ctx));
    }),
    diff: answer((request, peer) => {
      const ctx = asked(request, peer);
      const oldInputs = request.hasOldInputs() ? request.getOldInputs() : request.getOlds();
      const more = { state: propsOf(request.getOlds()), ignored: request.getIgnorechangesList() };
      const difference = known(ctx).diff(propsOf(oldInputs), propsOf(request.getNews()), ctx, more);
      const { DIFF_SOME, DIFF_NONE } = proto.DiffResponse.DiffChanges;
      const response = new proto.DiffResponse();
      response.setChanges(difference.changes === "some" ? DIFF_SOME : DIFF_NONE);
      response.setReplacesList(difference.replaces);
      response.setDeletebeforereplace(difference.deleteBeforeReplace === true);
      return response;
    }),
    create: answer(async (request, peer) => {
      const ctx = asked(request, peer);
      const inputs = propsOf(request.getProperties());
      const response = new proto.CreateResponse();
      if (ctx.preview === "preview") {
        response.setProperties(structOf(inputs));
        return response;
      }
      const { id, outputs, secretOutputs } = await known(ctx).create(inputs, ctx);
      response.setId(id);
      response.setProperties(structOf(outputs, secretOutputs));
      return response;
    }),
    read: answer(async (request, peer) => {
      const ctx = asked(request, peer);
      const inputs = propsOf(request.getInputs());
      const found = await known(ctx).read(request.getId(), propsOf(request.getProperties()), ctx);
      const response = new proto.ReadResponse();
      if (found === null) return response;
      const current = found.inputs ?? projectOnto(inputs, found.outputs);
      response.setId(request.getId());
      response.setProperties(structOf(found.outputs, found.secretOutputs));
      response.setInputs(structOf(isObject(current) ? propsFromWire(current) : inputs));
      return response;
    }),
    update: answer(async (request, peer) => {
      const ctx = asked(request, peer);
      const olds = propsOf(request.getOlds());
      const news = propsOf(request.getNews());
      const response = new proto.UpdateResponse();
      if (ctx.preview === "preview") {
        response.setProperties(structOf(foreseen(olds, propsOf(request.getOldInputs()), news)));
        return response;
      }
      const { outputs, secretOutputs } = await known(ctx).update(request.getId(), olds, news, ctx);
      response.setProperties(structOf(outputs, secretOutputs));
      return response;
    }),
    delete: answer(async (request, peer) => {
      const ctx = asked(request, peer);
      await known(ctx).delete(request.getId(), propsOf(request.getProperties()), ctx);
      return new empty.Empty();
    }),
    invoke: answer(async (request) => {
      if (handler.invoke === undefined) throw new Error(`the sandbox has no function ${request.getTok()}`);
      const result = await handler.invoke(request.getTok(), propsOf(request.getArgs()));
      const response = new proto.InvokeResponse();
      response.setReturn(structOf(result));
      return response;
    }),
  } satisfies Partial<IResourceProviderServer>;
}

/** Serves a provider on a free loopback port, for the engine to attach to by PULUMI_DEBUG_PROVIDERS. */
export async function serveProvider(handler: ProviderHandler): Promise<ServedProvider> {
  const server = new Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
  let bound = 0;
  server.addService(
    grpc.ResourceProviderService,
    serviceOf(handler, () => bound),
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, given) =>
      error === null ? resolve(given) : reject(error),
    );
  });
  bound = port;
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.forceShutdown();
        resolve();
      }),
  };
}
