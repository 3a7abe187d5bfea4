/** Who signs a request to AWS. */
export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/** A request to a service of AWS' that isn't signed yet. */
export interface Unsigned {
  method: "GET" | "POST";
  url: URL;
  headers: Readonly<Record<string, string>>;
  body?: string;
}

/** Gives the headers that sign a request (Signature Version 4), those that it has already among them. */
export type Sign = (unsigned: Unsigned) => Promise<Record<string, string>>;

async function openSigner(region: string, credentials: AwsCredentials | null) {
  const { SNSClient } = await import("@aws-sdk/client-sns");
  // The SDK's own signer, which a client of any service has, with the credentials of the AWS environment.
  return new SNSClient({ region, ...(credentials === null ? {} : { credentials }) }).config;
}

/** Signs for a service in a region. `credentials` take the place of those of the AWS environment: variables, profile, web identity, instance role. */
export function signerFor(
  service: "aps" | "monitoring",
  region: string,
  credentials: AwsCredentials | null = null,
): Sign {
  let opened: ReturnType<typeof openSigner> | null = null;
  return async ({ method, url, headers, body }) => {
    opened ??= openSigner(region, credentials);
    const config = await opened;
    await config.credentials().catch(() => {
      // The SDK's own message may tell what a profile has in it.
      throw new Error("there are no AWS credentials in the environment: take a role by OIDC, or set AWS_PROFILE");
    });
    const signer = await config.signer({ name: "sigv4", signingName: service, signingRegion: region, properties: {} });
    const signed = await signer.sign({
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: { ...headers, host: url.host },
      ...(body === undefined ? {} : { body }),
    });
    return signed.headers;
  };
}
