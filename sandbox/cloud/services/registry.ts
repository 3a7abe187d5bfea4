import { createHash } from "node:crypto";
import { type Answer, type Asked, type Service, serveHttp } from "./http.ts";

/** An image as the registry tells of it. */
export interface RegistryImage {
  reference: string;
  /** the commit that its folder stood at when it was built; null outside a repository */
  revision: string | null;
}

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const PATH = /^\/v2\/(?<name>.+)\/(?<kind>manifests|blobs)\/(?<digest>sha256:[0-9a-f]{64})$/;

const NOT_FOUND: Answer = {
  status: 404,
  body: { errors: [{ code: "MANIFEST_UNKNOWN", message: "manifest unknown" }] },
};

function configOf({ revision }: RegistryImage) {
  const labels = revision === null ? {} : { "org.opencontainers.image.revision": revision };
  return { architecture: "amd64", os: "linux", config: { Labels: labels } };
}

const digestOf = (body: object): string => `sha256:${createHash("sha256").update(JSON.stringify(body)).digest("hex")}`;

/** The part of the registries' HTTP API that tells whether an image exists and what it was built from. */
export function serveRegistry(images: () => readonly RegistryImage[]): Promise<Service> {
  return serveHttp(({ method, url }: Asked): Answer => {
    if (url.pathname === "/v2/") return { status: 200, body: {} };
    const { kind, digest } = PATH.exec(url.pathname)?.groups ?? {};
    if (digest === undefined || !["GET", "HEAD"].includes(method)) return NOT_FOUND;
    if (kind === "manifests") {
      const image = images().find(({ reference }) => reference.endsWith(`@${digest}`));
      if (image === undefined) return NOT_FOUND;
      const config = { mediaType: "application/vnd.oci.image.config.v1+json", digest: digestOf(configOf(image)) };
      return {
        status: 200,
        contentType: MANIFEST,
        body: { schemaVersion: 2, mediaType: MANIFEST, config, layers: [] },
      };
    }
    const config = images()
      .map(configOf)
      .find((one) => digestOf(one) === digest);
    return config === undefined ? NOT_FOUND : { status: 200, body: config };
  });
}
