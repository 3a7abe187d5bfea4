import assert from "node:assert/strict";
import { type ServedProvider, serveProvider } from "../../sandbox/cloud/provider.ts";
import { createProject, type Project } from "../engine/project.ts";
import { NAMESPACE, openWorld, TYPES, type World } from "./cluster-world.ts";

const object = (change: string) => ({
  metadata: { name: "kept", namespace: NAMESPACE, annotations: { "runbooks.dev/change": change } },
  data: { a: "1" },
});
const program = `
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
new ConfigMap("kept", ${JSON.stringify(object("CHG-1"))});
`;

describe("what an interrupted update has made, on the real engine", function () {
  this.timeout(120_000);
  let world: World;
  let served: ServedProvider;
  let project: Project;
  const variables: NodeJS.ProcessEnv = {};
  const up = (...more: string[]) => project.pulumi("up", "--yes", "--skip-preview", "--stack", "dev", ...more);
  const left = (change: string) =>
    world.create(TYPES.configMap, { apiVersion: "v1", kind: "ConfigMap", ...object(change) });

  before(async () => {
    world = await openWorld();
    served = await serveProvider(world.cluster.handler);
    variables.PULUMI_DEBUG_PROVIDERS = `kubernetes:${served.port}`;
    project = await createProject(program, variables);
  });
  afterEach(async () => {
    delete variables.PULUMI_K8S_UPSERT_EXISTING_OBJECTS;
    await project.pulumi("destroy", "--yes", "--skip-preview", "--stack", "dev");
    await world.remove(TYPES.configMap, `${NAMESPACE}/kept`);
  });
  after(async () => {
    project?.remove();
    await served?.close();
    await world?.close();
  });

  it("is refused by a create, adopted where the engine's own environment says so, and stands from then on", async () => {
    await left("CHG-1");
    const refused = await up();
    assert.notEqual(refused.code, 0);
    assert.match(refused.output, /configmaps "kept" already exists/);
    variables.PULUMI_K8S_UPSERT_EXISTING_OBJECTS = "true";
    const adopted = await up();
    assert.equal(adopted.code, 0, adopted.output);
    delete variables.PULUMI_K8S_UPSERT_EXISTING_OBJECTS;
    const again = await up("--expect-no-changes");
    assert.equal(again.code, 0, again.output);
  });

  it("isn't adopted where another change has made it", async () => {
    await left("CHG-9");
    variables.PULUMI_K8S_UPSERT_EXISTING_OBJECTS = "true";
    const conflicting = await up();
    assert.notEqual(conflicting.code, 0);
    assert.match(conflicting.output, /field conflict detected: .*\.metadata\.annotations\.runbooks\.dev\/change/);
  });
});
