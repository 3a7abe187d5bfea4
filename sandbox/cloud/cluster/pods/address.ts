/** What the cluster calls the machine that it runs on: an address of documentation's (RFC 5737), where nobody listens. */
export const NODE_ADDRESS = "192.0.2.1";

/**
 * A pod's address, by its uid. As on a cluster it isn't on loopback, where EndpointSlices refuse addresses (kubernetes,
 * pkg/apis/discovery/validation: ValidateEndpointIP); nobody but the sandbox's own gateway and API server reaches its pods.
 */
export function podAddress(uid: string): string {
  const [third = 0, fourth = 0] = [uid.slice(0, 2), uid.slice(2, 4)].map((hex) => Number.parseInt(hex, 16));
  return `10.244.${third}.${fourth}`;
}
