/** Where the application listens. */
export const APP_PORT = 8080;
export const NAME_LABEL = "app.kubernetes.io/name";
export const RELEASE_LABEL = "runbooks.dev/release";
/** What a pod is for. Nothing that selects pods that serve may take in a Job's: a budget or an autoscaler over both stands still. */
export const COMPONENT_LABEL = "app.kubernetes.io/component";
export const WEB = "web";
export const MIGRATION = "migration";

/** Names the change that has made an object of the cluster. */
export const CHANGE_ANNOTATION = "runbooks.dev/change";
