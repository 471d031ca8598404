import { labelKeysOf } from "../../rollout/route/label-keys.ts";
import { labelKeys } from "../../service/label-keys.ts";

/** Labels by which the lab tells revisions apart: this repository's own, and the library's default, which other services have. A pod has at most one of them. */
export const revisionLabels: readonly string[] = [labelKeys.revision, labelKeysOf({}).revision];

/** Label with the service that a pod belongs to. All pods of revisions have it. */
export const serviceLabel = "app.kubernetes.io/name";
