import type { PodReader } from "./evidence.ts";
import type { ClusterAccess } from "./kubernetes.ts";

export interface ClusterStateArgs extends ClusterAccess {
    readonly namespace: string;
    /** Name of the service, whose revisions' objects are called `<service>-<revision>`. */
    readonly service: string;
}

/** Pods and autoscalers of a service's revisions, as the API server has them. */
export declare function clusterState(args: ClusterStateArgs): PodReader;
