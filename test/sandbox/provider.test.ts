import assert from "node:assert/strict";
import { credentials, type ServiceError } from "@grpc/grpc-js";
import grpc, { type ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import proto from "@pulumi/pulumi/proto/provider_pb.js";
import rpcStatus from "@pulumi/pulumi/proto/status_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import {
  InitializationFailed,
  type Props,
  type ProviderHandler,
  type ResourceContext,
  type ResourceHandler,
  type ServedProvider,
  serveProvider,
  UNKNOWN,
} from "../../sandbox/cloud/provider.ts";

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const URN = "urn:pulumi:staging::shop::my:index:Outer$aws:kms/key:Key::a::name";

const secret = (value: string): Props => ({ [SIGNATURE]: SECRET, value });
const structOf = (props: Props) => struct.Struct.fromJavaScript(props);

function call<T>(work: (done: (error: ServiceError | null, response: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) =>
    work((error, response) => (error === null ? resolve(response) : reject(error))),
  );
}

describe("the provider server", () => {
  const seen: { operation: string; props: Props; ctx: ResourceContext }[] = [];
  const key: ResourceHandler = {
    check: (inputs, ctx) => {
      seen.push({ operation: "check", props: inputs, ctx });
      const failures = inputs.bad === true ? [{ property: "bad", reason: "is bad" }] : [];
      return { inputs: { ...inputs, added: "default" }, failures };
    },
    diff: (olds, news) =>
      olds.name === news.name
        ? { changes: "none", replaces: [] }
        : { changes: "some", replaces: ["name"], deleteBeforeReplace: true },
    create: async (inputs, ctx) => {
      seen.push({ operation: "create", props: inputs, ctx });
      if (inputs.half === true) throw new InitializationFailed({ id: "half", outputs: inputs, reasons: ["r1", "r2"] });
      return { id: "one", outputs: { ...inputs, password: "pw", arn: "arn:1" }, secretOutputs: ["password"] };
    },
    read: async (id) => (id === "one" ? { outputs: { name: "drifted", arn: "arn:1" } } : null),
    update: async (_id, olds, news, ctx) => {
      seen.push({ operation: "update", props: news, ctx });
      return { outputs: { ...olds, ...news } };
    },
    delete: async () => {
      throw new Error("it is protected");
    },
  };
  const handler: ProviderHandler = {
    name: "aws",
    resource: (type) => (type === "aws:kms/key:Key" ? key : undefined),
    invoke: async (token, args) => ({ token, ...args }),
  };

  let served: ServedProvider;
  let client: ResourceProviderClient;

  before(async () => {
    served = await serveProvider(handler);
    client = new grpc.ResourceProviderClient(`127.0.0.1:${served.port}`, credentials.createInsecure());
  });
  beforeEach(() => {
    seen.length = 0;
  });
  after(async () => {
    client.close();
    await served.close();
  });

  const check = (urn: string, props: Props) => {
    const request = new proto.CheckRequest();
    request.setUrn(urn);
    request.setNews(structOf(props));
    return call<InstanceType<typeof proto.CheckResponse>>((done) => client.check(request, done));
  };
  const create = (props: Props, when: "preview" | "apply") => {
    const request = new proto.CreateRequest();
    request.setUrn(URN);
    request.setProperties(structOf(props));
    request.setPreview(when === "preview");
    request.setTimeout(90);
    return call<InstanceType<typeof proto.CreateResponse>>((done) => client.create(request, done));
  };

  it("hands a handler the parts of the URN, and plain values of secrets and unknowns", async () => {
    await check(URN, { password: secret("open"), list: [secret("sesame")], later: UNKNOWN });
    const [{ props, ctx } = { props: {}, ctx: undefined }] = seen;
    assert.deepEqual(props, { password: "open", list: ["sesame"], later: UNKNOWN });
    const { engineEnvironment, ...given } = ctx ?? {};
    assert.deepEqual(given, {
      urn: URN,
      stack: "staging",
      type: "aws:kms/key:Key",
      name: "a::name",
      timeoutSeconds: 0,
      preview: "apply",
      ignoreChanges: [],
    });
    // Whoever asks is this very process here, as it was started: its PATH has been added to since.
    assert.equal(engineEnvironment?.().HOME, process.env.HOME);
  });

  it("answers a check with its defaults and failures", async () => {
    const response = await check(URN, { bad: true });
    assert.deepEqual(response.getInputs()?.toJavaScript(), { bad: true, added: "default" });
    assert.deepEqual(
      response.getFailuresList().map((failure) => [failure.getProperty(), failure.getReason()]),
      [["bad", "is bad"]],
    );
  });

  it("refuses an unknown type by its name", async () => {
    const response = await check(URN.replace("aws:kms/key:Key", "aws:kms/kye:Kye"), {});
    assert.match(response.getFailuresList()[0]?.getReason() ?? "", /has no type aws:kms\/kye:Kye/);
  });

  it("marks secret outputs and passes the timeout on", async () => {
    const response = await create({ name: "n" }, "apply");
    assert.equal(response.getId(), "one");
    assert.deepEqual(response.getProperties()?.toJavaScript(), { name: "n", password: secret("pw"), arn: "arn:1" });
    assert.equal(seen[0]?.ctx.timeoutSeconds, 90);
  });

  it("makes nothing in a preview", async () => {
    const response = await create({ name: UNKNOWN }, "preview");
    assert.deepEqual(response.getProperties()?.toJavaScript(), { name: UNKNOWN });
    assert.deepEqual(seen, []);
  });

  it("keeps computed outputs in the preview of an update, but for those whose input changes", async () => {
    const request = new proto.UpdateRequest();
    request.setUrn(URN);
    request.setId("one");
    request.setOlds(structOf({ name: "old", port: 41_000, arn: "arn:1", gone: 1 }));
    request.setOldInputs(structOf({ name: "old", port: 6379, gone: 1 }));
    request.setNews(structOf({ name: "new", port: 6379 }));
    request.setPreview(true);
    const response = await call<InstanceType<typeof proto.UpdateResponse>>((done) => client.update(request, done));
    assert.deepEqual(response.getProperties()?.toJavaScript(), { name: "new", port: 41_000, arn: "arn:1" });
    assert.deepEqual(seen, []);
  });

  it("sends a half-made resource along with its failure, for the engine to keep", async () => {
    const error = await create({ half: true }, "apply").then(
      () => assert.fail("it must fail"),
      (failure: ServiceError) => failure,
    );
    const [details] = error.metadata.get("grpc-status-details-bin");
    assert.ok(details instanceof Buffer);
    const [packed] = rpcStatus.Status.deserializeBinary(details).getDetailsList();
    const half = packed?.unpack(proto.ErrorResourceInitFailed.deserializeBinary, "pulumirpc.ErrorResourceInitFailed");
    assert.equal(half?.getId(), "half");
    assert.deepEqual(half?.getReasonsList(), ["r1", "r2"]);
    assert.deepEqual(half?.getProperties()?.toJavaScript(), { half: true });
    assert.equal(error.details, "r1; r2");
  });

  it("compares the old inputs with the new ones", async () => {
    const request = new proto.DiffRequest();
    request.setUrn(URN);
    request.setOlds(structOf({ name: "output" }));
    request.setOldInputs(structOf({ name: "input" }));
    request.setNews(structOf({ name: "input" }));
    const same = await call<InstanceType<typeof proto.DiffResponse>>((done) => client.diff(request, done));
    assert.equal(same.getChanges(), proto.DiffResponse.DiffChanges.DIFF_NONE);
    request.setNews(structOf({ name: "other" }));
    const other = await call<InstanceType<typeof proto.DiffResponse>>((done) => client.diff(request, done));
    assert.equal(other.getChanges(), proto.DiffResponse.DiffChanges.DIFF_SOME);
    assert.deepEqual([other.getReplacesList(), other.getDeletebeforereplace()], [["name"], true]);
  });

  it("shows drift in the inputs that a program gave, and an empty id for what is gone", async () => {
    const read = (id: string) => {
      const request = new proto.ReadRequest();
      request.setUrn(URN);
      request.setId(id);
      request.setInputs(structOf({ name: "wanted" }));
      return call<InstanceType<typeof proto.ReadResponse>>((done) => client.read(request, done));
    };
    const found = await read("one");
    assert.deepEqual(found.getInputs()?.toJavaScript(), { name: "drifted" });
    assert.deepEqual(found.getProperties()?.toJavaScript(), { name: "drifted", arn: "arn:1" });
    assert.equal((await read("two")).getId(), "");
  });

  it("tells why a delete failed", async () => {
    const request = new proto.DeleteRequest();
    request.setUrn(URN);
    request.setId("one");
    await assert.rejects(
      call((done) => client.delete(request, done)),
      { details: "it is protected" },
    );
  });
});
