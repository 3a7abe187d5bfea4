import "reflect-metadata";
import type { webcrypto } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as x509 from "@peculiar/x509";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const VALID_MS = 2 * 24 * 3_600_000;
const CLOCK_SKEW_MS = 3_600_000;

/** The files of a certificate and its key. */
export interface Pair {
  certFile: string;
  keyFile: string;
}

/** The authority of a cluster, and who it has certified. */
export interface ClusterCertificates {
  caFile: string;
  /** every server: the API server on loopback, the nodes at their addresses */
  server: Pair;
  /** the API server itself, where it asks nodes and aggregated APIs */
  client: Pair;
}

const newKeys = (): Promise<webcrypto.CryptoKeyPair> => crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await crypto.subtle.exportKey("pkcs8", key), x509.PemConverter.PrivateKeyTag);
}

/** Makes an authority, a certificate for the servers at some addresses, and one for the API server as a client. */
export async function clusterCertificates(dir: string, addresses: readonly string[]): Promise<ClusterCertificates> {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const caKeys = await newKeys();
  const validity = { notBefore: new Date(Date.now() - CLOCK_SKEW_MS), notAfter: new Date(Date.now() + VALID_MS) };
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity,
    serialNumber: "01",
    name: "CN=Production Runbooks cluster CA",
    keys: caKeys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  });
  const caFile = join(dir, "ca.pem");
  writeFileSync(caFile, ca.toString("pem"));
  const certify = async (name: string, serialNumber: string, usage: x509.ExtendedKeyUsage): Promise<Pair> => {
    const keys = await newKeys();
    const certificate = await x509.X509CertificateGenerator.create({
      ...validity,
      serialNumber,
      subject: `CN=${name}`,
      issuer: ca.subject,
      publicKey: keys.publicKey,
      signingKey: caKeys.privateKey,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.BasicConstraintsExtension(false),
        new x509.ExtendedKeyUsageExtension([usage]),
        new x509.SubjectAlternativeNameExtension([
          { type: "dns", value: "localhost" },
          ...addresses.map((value) => ({ type: "ip" as const, value })),
        ]),
      ],
    });
    const pair = { certFile: join(dir, `${name}.pem`), keyFile: join(dir, `${name}.key`) };
    writeFileSync(pair.certFile, certificate.toString("pem"));
    writeFileSync(pair.keyFile, await pemOf(keys.privateKey), { mode: 0o600 });
    return pair;
  };
  return {
    caFile,
    server: await certify("cluster-server", "02", x509.ExtendedKeyUsage.serverAuth),
    client: await certify("front-proxy-client", "03", x509.ExtendedKeyUsage.clientAuth),
  };
}
