import type { Kubernetes } from "../../clients/kubernetes.ts";
import type { Reported } from "../../clients/pod-reports.ts";
import { generationsOf } from "../../domain/generations.ts";
import type { ReleaseState, SecretName } from "../../domain/releases.ts";
import { fingerprintOf } from "../../issuers/fingerprint.ts";
import { reportsOf } from "../../issuers/index.ts";
import type { Issuer } from "../../issuers/issuer.ts";
import type { Settings } from "../../settings/index.ts";
import type { Credentials } from "../../stack/stack.ts";
import type { Observed, Reference } from "./invariants.ts";

export interface ObserveOptions {
  settings: Settings;
  kubernetes: Kubernetes;
  secret: SecretName;
  state: ReleaseState;
  issuer: Issuer;
  credentials: Credentials;
  /** milliseconds since the epoch from which use counts */
  since: number;
  /** the names of the credentials that earlier changes of this stack had made; asked only where the issuer lists one whose value isn't kept */
  madeBefore(): Promise<ReadonlySet<string>>;
}

/** What a pod uses, by its own word; by its release's pins where it can't be asked, and everything where nobody knows (pure). */
function referenceOf(
  reported: Reported,
  secret: SecretName,
  values: Readonly<Record<string, string>>,
  state: Pick<ReleaseState, "releases">,
): Reference {
  const { pod, release } = reported;
  const who = `pod ${pod}`;
  const said = "report" in reported ? reported.report.credentials[secret] : undefined;
  if (said === undefined) {
    const pin = state.releases.find(({ id }) => id === release)?.secrets[secret];
    return { who, generations: pin === undefined ? Object.keys(values) : generationsOf(pin) };
  }
  const generations = Object.entries(values).flatMap(([id, value]) =>
    said.includes(fingerprintOf({ release, name: secret, value })) ? [id] : [],
  );
  return { who, generations };
}

/** By a login with each: only where the issuer has no list, since a login is a use too. */
async function probed(issuer: Issuer, values: Readonly<Record<string, string>>): Promise<Known> {
  const asked = await Promise.all(
    Object.entries(values).map(async ([id, value]) => ({ id, probed: await issuer.probe(value) })),
  );
  for (const { id, probed } of asked) {
    if (probed.answer === "unknown") return { accepted: null, unknown: `a login with ${id}: ${probed.why}` };
  }
  return { accepted: asked.flatMap(({ id, probed }) => (probed.answer === "accepted" ? [id] : [])), unknown: null };
}

/** What is known of the generations that an issuer accepts. */
type Known = Pick<Observed, "accepted" | "unknown">;

/**
 * Which of the generations the issuer accepts, and which credentials beyond them it lists that earlier changes had made: one that a change
 * left there. Null where it doesn't say, with the cause.
 */
async function acceptedBy(
  issuer: Issuer,
  values: Readonly<Record<string, string>>,
  madeBefore: ObserveOptions["madeBefore"],
): Promise<Known> {
  const listed = await issuer.accepted();
  if (listed === null) return probed(issuer, values);
  const ids = await Promise.all(
    Object.entries(values).map(async ([generation, value]) => ({ generation, id: await issuer.identify(value) })),
  );
  const accepted = ids.flatMap(({ generation, id }) => (listed.some((one) => one.id === id) ? [generation] : []));
  const others = listed.filter(({ id }) => ids.every((known) => known.id !== id));
  const ours = others.length === 0 ? new Set() : await madeBefore();
  const left = others.filter(({ name }) => ours.has(name)).map(({ id, name }) => `${name} (${id})`);
  return { accepted: [...accepted, ...left], unknown: null };
}

/** Observes one secret: what the live pods say, what the warm releases pin, what the issuer accepts and sees. */
export async function observe(options: ObserveOptions): Promise<Observed> {
  const { settings, kubernetes, secret, state, issuer, credentials, since, madeBefore } = options;
  const values = credentials[secret];
  const usesOf = async ([id, value]: [string, string]) => {
    const known = await issuer.identify(value);
    return [id, known === null ? null : await issuer.uses(known, since)] as const;
  };
  const [reports, known, uses] = await Promise.all([
    reportsOf(settings, kubernetes),
    acceptedBy(issuer, values, madeBefore),
    Promise.all(Object.entries(values).map(usesOf)),
  ]);
  return {
    secret,
    pods: reports.map((reported) => referenceOf(reported, secret, values, state)),
    targets: state.releases.map(({ id, manifest, secrets }) => ({
      who: `release ${manifest.version} (${id})`,
      generations: generationsOf(secrets[secret]),
    })),
    ...known,
    kept: Object.keys(values),
    uses: Object.fromEntries(uses),
  };
}
