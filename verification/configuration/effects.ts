/** What a change of each setting does on a stack that stands, as the end of a sentence that begins with "A change". */
export const EFFECTS: Readonly<Record<string, string>> = {
  stage: "isn't for a stack that stands: make another stack.",
  onCall: "alters the tags of shared resources, in place; changes that are open keep their owner.",
  network:
    "of `vpcId` or `subnetIds` replaces the session store, and every session with it; of the security groups is in place.",
  cluster:
    "of `namespace` replaces everything in it; of `context` moves nothing by itself; of `apiServer` alters the network policies in place.",
  gateway: "moves the HTTPRoute, in place: the old address stops answering with the same update.",
  application:
    "of `name` replaces everything, which is named after it; `replicas`, `logLevel` and `environment` go into the next release; `cpu`, `memory`, paths and times roll the running releases' pods, one at a time.",
  services: "of an address reaches the next release; of how keys are made, the next rotation.",
  sessionStore:
    "of `engineVersion` or `nodeType` restarts the nodes, one at a time where there are replicas; of `replicas` or `multiAz` is in place.",
  syntheticUser: "is used by the next look of a gate; nothing on the cluster changes.",
  soak: "counts for the next change; an open one keeps the plan it began with.",
  canary: "counts for the next change; an open one keeps the plan it began with.",
  gates: "counts from the next step of the runner; nothing on the cluster changes.",
  metrics: "counts from the next look; the evidence of an open canary begins anew where the source is another one.",
  release: "does nothing: it is the release of the stack's first update, and runbooks decide afterwards.",
  records: "begins a new store: earlier records stay where they are and are no longer found.",
  alarms: "is in place; a new address has to confirm its subscription.",
  logs: "moves the alarms' filters to the other group, in place.",
  runner: "counts for the next command; an open change goes on with whoever carries it.",
  retention:
    "alters the windows of keys, secrets and records in place; records that are locked stay so until their day.",
  notify: "counts for the next message.",
  incident: "counts for the next incident.",
  rotation: "of `maxAge` alters the date from which each secret is overdue; the rest counts for the next rotation.",
  changes: "counts for the next change: what an open one needs stands in its record.",
  policies: "counts for the next update.",
  timeScale: "is for the sandbox alone: on a real cluster the runner refuses it.",
};
