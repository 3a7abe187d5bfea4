import { at, type Field, isMissing, isUnknown, shown, textAt } from "./reading/inputs.ts";
import { containers, podsOf } from "./reading/pods.ts";
import { resourcePolicy, textSetting } from "./reading/policies.ts";

const READY = "/api/health/ready";
const LIVE = "/api/health";

interface Probe {
  readonly kind: string;
  readonly purpose: string;
  readonly path: string;
}

/** Liveness touches no dependency; if it did, a Redis outage would restart every pod. So it must not be the readiness path. */
export const probes = resourcePolicy({
  name: "probes",
  description: "Pods have a readiness and a liveness probe, each on its own path.",
  severity: "high",
  remediationSteps: `Give every container a readinessProbe with httpGet on ${READY} and a livenessProbe with httpGet on ${LIVE}; other paths are set in the policy's configuration.`,
  configSchema: {
    properties: {
      readinessPath: { type: "string", pattern: "^/", default: READY },
      livenessPath: { type: "string", pattern: "^/", default: LIVE },
    },
  },
  concerns: (type, props) => podsOf(type, props).some(({ serves }) => serves),
  problems: ({ type, props }, settings) => {
    const ready = { kind: "readinessProbe", purpose: "readiness", path: textSetting(settings, "readinessPath", READY) };
    const live = { kind: "livenessProbe", purpose: "liveness", path: textSetting(settings, "livenessPath", LIVE) };
    return podsOf(type, props)
      .filter(({ serves }) => serves)
      .flatMap(({ spec, partial }) =>
        containers(spec).flatMap((container) => {
          const leftOut = ({ kind }: Probe) => partial && isMissing(at(container, kind));
          return [
            ...(leftOut(ready) ? [] : wrongPath(container, ready)),
            ...(leftOut(live) ? [] : (onePath(container) ?? wrongPath(container, live))),
          ];
        }),
      );
  },
});

function wrongPath(container: Field, { kind, purpose, path }: Probe): string[] {
  const probe = at(container, kind);
  if (isMissing(probe)) return [`${shown(probe)}: ask for ${purpose} with httpGet on "${path}"`];
  const asked = at(probe, "httpGet", "path");
  if (isUnknown(asked) || textAt(asked) === path) return [];
  return [`${shown(asked)}: ask for ${purpose} on "${path}"`];
}

function onePath(container: Field): string[] | undefined {
  const live = at(container, "livenessProbe", "httpGet", "path");
  const path = textAt(live);
  if (path === undefined || path !== textAt(at(container, "readinessProbe", "httpGet", "path"))) return undefined;
  return [
    `${shown(live)}, as readiness asks: a dependency's outage would restart every pod, so ask for liveness elsewhere`,
  ];
}
