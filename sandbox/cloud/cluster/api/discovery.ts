import type { Json, Props } from "../../handler.ts";
import { KIND_NAMES, KINDS, type Kind } from "../kinds.ts";
import { type Answer, json, pathNotFound } from "./answers.ts";

/** What clients parse to learn the server's version: nothing in it says that this is no real cluster, so nobody can go by it. */
const GIT_VERSION = "v1.36.3";

export function version(): Answer {
  return json({
    major: "1",
    minor: "36",
    gitVersion: GIT_VERSION,
    gitCommit: "0000000000000000000000000000000000000000",
    gitTreeState: "clean",
    buildDate: "2026-01-01T00:00:00Z",
    goVersion: "none",
    compiler: "none",
    platform: `linux/${process.arch === "x64" ? "amd64" : process.arch}`,
  });
}

/** Answers /api, /apis and what lies under them; undefined for a path that isn't discovery's. */
export function discovery(segments: readonly string[]): Answer | undefined {
  const [root, first, second] = segments;
  if (root === "api" && segments.length === 1)
    return json({ kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [] });
  if (root === "api" && segments.length === 2) return first === "v1" ? resourceList("", "v1") : pathNotFound();
  if (root !== "apis") return undefined;
  if (first === undefined) return json({ kind: "APIGroupList", apiVersion: "v1", groups: groups().map(groupOf) });
  if (second === undefined)
    return groups().includes(first) ? json({ kind: "APIGroup", apiVersion: "v1", ...groupOf(first) }) : pathNotFound();
  return segments.length === 3 ? resourceList(first, second) : undefined;
}

function groups(): string[] {
  return [...new Set(KIND_NAMES.map((kind): string => KINDS[kind].group))].filter((group) => group !== "");
}

function groupOf(name: string): Props {
  const versions = [
    ...new Set(KIND_NAMES.filter((kind) => KINDS[kind].group === name).map((kind): string => KINDS[kind].version)),
  ];
  const entries = versions.map((entry) => ({ groupVersion: `${name}/${entry}`, version: entry }));
  return { name, versions: entries, preferredVersion: entries[0] ?? {} };
}

function resourceList(group: string, apiVersion: string): Answer {
  const kinds = KIND_NAMES.filter((kind) => KINDS[kind].group === group && KINDS[kind].version === apiVersion);
  if (kinds.length === 0) return pathNotFound();
  const groupVersion = group === "" ? apiVersion : `${group}/${apiVersion}`;
  const parts = group === "" ? ["pods/exec", "pods/log", "pods/proxy", "services/proxy"] : [];
  const subresources = parts.map((name): Json => {
    const kind = name.startsWith("pods/") ? "Pod" : "Service";
    return { name, singularName: "", namespaced: true, kind, verbs: ["get"] };
  });
  return json({
    kind: "APIResourceList",
    apiVersion: "v1",
    groupVersion,
    resources: [...kinds.map(resourceOf), ...subresources],
  });
}

/** What is served of a kind beside its reads. */
const VERBS: Partial<Record<Kind, readonly string[]>> = {
  Pod: ["delete"],
  Job: ["delete"],
  Lease: ["create", "update"],
};

function resourceOf(kind: Kind): Props {
  const { plural, singular, scope, shortNames } = KINDS[kind];
  return {
    name: plural,
    singularName: singular,
    namespaced: scope === "Namespaced",
    kind,
    verbs: ["get", "list", ...(VERBS[kind] ?? [])],
    shortNames: [...shortNames],
  };
}
