import { readFile } from "node:fs/promises";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { serviceLeaseName } from "../../infra/domain/service-lease.ts";
import { gatewayRules, ownRules, type Rule, stackRules } from "../../runner/rights.ts";
import { STAGES } from "../../sandbox/cloud/accounts.ts";
import { namespaceOf } from "./jobs-pods.ts";
import type { World } from "./world.ts";

const NAMESPACE = "production-runbooks";
const ACCOUNT = "runbooks";
const RBAC = "/apis/rbac.authorization.k8s.io/v1/namespaces";
/** Longer than a scenario takes. */
const TOKEN_SECONDS = 7_200;

const tokenSchema = z.object({ status: z.object({ token: z.string() }) });
const kubeconfigSchema = z.looseObject({ users: z.array(z.looseObject({ user: z.unknown() })) });
const gatewaySchema = z.object({ namespace: z.string() });

/** The name under which the API server knows the service. */
export const SERVICE_USER = `system:serviceaccount:${NAMESPACE}:${ACCOUNT}`;

/** Where the service's rights are: the namespaces of its Roles that aren't a stack's. */
export interface ServicePlaces {
  gateway: string;
  own: string;
}

/** What a service is started with, and where it has rights; the places are null on stand-ins, which know one user for this. */
export interface AsService {
  env: NodeJS.ProcessEnv;
  places: ServicePlaces | null;
}

/**
 * Does something with a service's own rights, those of `runner/rights.ts` and no other, by a token of its service account; takes them
 * back. On stand-ins, where the engine's provider asks no API server, with everybody's.
 */
export async function asService<T>(world: World, work: (as: AsService) => Promise<T>): Promise<T> {
  if (world.parts === "stand-ins") return work({ env: world.env, places: null });
  const { objects } = world;
  const made: string[] = [];
  const make = async (path: string, name: string, body: object) => {
    await objects.made(path, { ...body, metadata: { name } }, z.unknown());
    made.push(`${path}/${name}`);
  };
  const grant = async (where: string, name: string, rules: readonly Rule[]) => {
    await make(`${RBAC}/${where}/roles`, name, { rules });
    await make(`${RBAC}/${where}/rolebindings`, name, {
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
      subjects: [{ kind: "ServiceAccount", name: ACCOUNT, namespace: NAMESPACE }],
    });
  };
  try {
    await make("/api/v1/namespaces", NAMESPACE, {});
    await make(`/api/v1/namespaces/${NAMESPACE}/serviceaccounts`, ACCOUNT, {});
    await grant(NAMESPACE, ACCOUNT, ownRules());
    for (const stage of STAGES) {
      const where = namespaceOf(stage);
      await grant(where, ACCOUNT, stackRules(where, serviceLeaseName(stage)));
    }
    const output = await world.pulumi(["stack", "output", "gateway", "--json", "--stack", "staging"]);
    const { namespace: gateway } = gatewaySchema.parse(JSON.parse(output.stdout));
    await grant(gateway, ACCOUNT, gatewayRules());
    // Of a sandbox alone, where time may be shortened: its mark is read in the namespace `default`.
    await grant("default", ACCOUNT, [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }]);
    const env = { ...world.env, KUBECONFIG: await kubeconfigOf(world) };
    return await work({ env, places: { gateway, own: NAMESPACE } });
  } finally {
    for (const path of made.toReversed()) await objects.send("DELETE", path);
  }
}

/** A kubeconfig as the world's, of the service's user. @returns its file */
async function kubeconfigOf({ objects, env, file }: World): Promise<string> {
  const { status } = await objects.made(
    `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/${ACCOUNT}/token`,
    { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { expirationSeconds: TOKEN_SECONDS } },
    tokenSchema,
  );
  const config = kubeconfigSchema.parse(parse(await readFile(env.KUBECONFIG ?? "", "utf8")));
  const users = config.users.map((one) => ({ ...one, user: { token: status.token } }));
  return file("service.kubeconfig", stringify({ ...config, users }));
}
