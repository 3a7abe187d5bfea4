/** What a change of each setting does on a stack that stands, as the end of a sentence that begins with "A change". */
export const EFFECTS: Readonly<Record<string, string>> = {
  stage: "isn't possible on an existing stack: create another one.",
  onCall: "changes the tags of shared resources, in place; open changes keep their owner.",
  network:
    "of `vpcId` or `subnetIds` replaces the session store, and every session with it; of the security groups is in place.",
  cluster:
    "of `namespace` replaces everything in it; of `context` changes nothing by itself; of `apiServer`, `dns` or `egressPorts` changes the network policies in place.",
  gateway:
    "moves the HTTPRoute, in place: the old address stops answering with the same update; of `podsIn` changes a network policy in place.",
  application:
    "of `name` replaces everything, which is named after it; `replicas`, `logLevel` and `environment` go into the next release; `cpu`, `memory`, paths and times roll the running releases' pods, one at a time.",
  services: "of an address applies to the next release; of how keys are made, to the next rotation.",
  sessionStore:
    "of `engineVersion` or `nodeType` restarts the nodes, one at a time where there are replicas; of `replicas` or `multiAz` is in place.",
  syntheticUser: "is used by the next look of a gate; nothing on the cluster changes.",
  soak: "applies to the next change; an open one keeps the plan it started with.",
  canary: "applies to the next change; an open one keeps the plan it started with.",
  gates: "applies from the next step of the runner; nothing on the cluster changes.",
  metrics: "applies from the next look; with another source, the evidence of an open canary starts again.",
  release: "does nothing: it is the release of the stack's first update; afterwards runbooks decide.",
  records: "starts a new store: earlier records stay where they are and are no longer found.",
  alarms: "is in place; a new address has to confirm its subscription.",
  logs: "moves the alarms' filters to the other group, in place.",
  runner: "counts for the next command; an open change goes on with whoever runs it.",
  board: "is used by the service within five minutes.",
  retention: "changes the retention of keys, secrets and records in place; locked records stay locked until their day.",
  notify: "applies to the next message.",
  incident: "applies to the next incident.",
  rotation:
    "of `maxAge` changes the day from which each secret is overdue; of `auto` what the service opens from its next look on; the rest applies to the next rotation.",
  changes: "applies to the next change: an open one keeps what its record says.",
  policies: "applies to the next update.",
  timeScale: "is for the sandbox alone: on a real cluster the runner refuses it.",
};
