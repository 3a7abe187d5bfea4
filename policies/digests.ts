import { at, type Field, isMissing, shown, textAt } from "./reading/inputs.ts";
import { allContainers, podsOf } from "./reading/pods.ts";
import { resourcePolicy } from "./reading/policies.ts";

const BY_DIGEST = /^[^\s@]+@sha256:[0-9a-f]{64}$/;

/** A tag can be moved after a release was tested; a digest can't. */
export const digests = resourcePolicy({
  name: "digests",
  description: "Every container runs an image that is pinned by digest.",
  severity: "high",
  remediationSteps: "Write the image as name@sha256:<64 hex digits>; `runbook manifest --image` looks the digest up.",
  concerns: (type, props) => podsOf(type, props).length > 0,
  problems: ({ type, props }) =>
    podsOf(type, props).flatMap(({ spec, partial }) =>
      allContainers(spec)
        .map((container) => at(container, "image"))
        .filter((image) => !partial || !isMissing(image))
        .flatMap(unpinned),
    ),
});

function unpinned(image: Field): string[] {
  const reference = textAt(image);
  if (reference === undefined)
    return isMissing(image) ? [`${shown(image)}: name one as name@sha256:<64 hex digits>`] : [];
  if (BY_DIGEST.test(reference)) return [];
  return [`${shown(image)}, which isn't pinned: pin it by digest, as name@sha256:<64 hex digits>`];
}
