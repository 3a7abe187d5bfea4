import { OpenIdConnectProvider } from "@pulumi/aws/iam/openIdConnectProvider.js";
import { Policy } from "@pulumi/aws/iam/policy.js";
import { Role } from "@pulumi/aws/iam/role.js";
import { RolePolicyAttachment } from "@pulumi/aws/iam/rolePolicyAttachment.js";
import * as pulumi from "@pulumi/pulumi";

/** The longest that AWS lets a session last, in seconds: a canary is watched to its end. */
const LONGEST_SESSION = 43_200;
const ISSUER = "token.actions.githubusercontent.com";

/** What stands in angle brackets in `docs/iam`. */
export type Names = Readonly<Record<string, string>>;

/** GitHub's tokens are known in the account; AWS checks its certificate by itself, so no thumbprint is given. */
export function identityProvider(name: string): OpenIdConnectProvider {
  return new OpenIdConnectProvider(name, { url: `https://${ISSUER}`, clientIdLists: ["sts.amazonaws.com"] });
}

/** A document with the placeholders filled in. @throws Error naming one that nobody fills in */
export function filled(document: string, names: Names): string {
  return document.replace(/<([a-z-]+)>/g, (_, name: string) => {
    const value = names[name];
    if (value === undefined) throw new Error(`docs/iam has <${name}>, for which there is no value`);
    return value === "" ? "none" : value;
  });
}

interface RoleOf {
  name: string;
  trust: string;
  documents: readonly string[];
}

function role(
  { name, trust, documents }: RoleOf,
  names: Names,
  read: (name: string) => string,
  dependsOn: pulumi.Resource[],
): pulumi.Output<string> {
  const made = new Role(
    name,
    { name, assumeRolePolicy: filled(read(trust), names), maxSessionDuration: LONGEST_SESSION },
    { dependsOn },
  );
  for (const document of documents) {
    const policyName = `${name}-${document.replace(".json", "")}`;
    const policy = new Policy(
      policyName,
      { name: policyName, policy: filled(read(document), names) },
      { parent: made },
    );
    new RolePolicyAttachment(policyName, { role: made.name, policyArn: policy.arn }, { parent: made });
  }
  return made.arn;
}

/** The roles of a stage: of its environment, of previews, and what whoever calls `pulumi up` needs. Answers each one's ARN by environment. */
export function ciRoles(
  names: Names,
  read: (name: string) => string,
  dependsOn: pulumi.Resource[],
): pulumi.Output<Record<string, string>> {
  const { application, stage } = names;
  const name = `${application}-${stage}`;
  const runbooks = ["runner-deploy.json", "runner-rotate.json", "runner-incident.json"];
  for (const document of ["pulumi-up.json", "pulumi-up-stores.json"]) {
    const policyName = `${name}-${document.replace(".json", "")}`;
    new Policy(policyName, { name: policyName, policy: filled(read(document), names) });
  }
  return pulumi.output({
    [String(stage)]: role(
      { name: `${name}-runner`, trust: "ci-trust.json", documents: runbooks },
      names,
      read,
      dependsOn,
    ),
    [`preview-${stage}`]: role(
      { name: `${name}-preview`, trust: "ci-trust-preview.json", documents: ["runner-look.json"] },
      names,
      read,
      dependsOn,
    ),
  });
}
