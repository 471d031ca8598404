import type { AutoscalerState, PodState } from "../../evidence.ts";

/** One pod of a revision with what a reader of metrics needs besides its state. */
export interface LivePod extends PodState {
    /** Address of the pod, IPv4 or IPv6 without brackets. Absent until it has one. */
    readonly address?: string;
    /** Since when it has been ready, in seconds since the epoch by the API server's clock. Absent while it isn't. */
    readonly readySinceSeconds?: number;
    /** Cores that its containers request together, init containers left out; 0 where they request none. */
    readonly cpuRequestCores: number;
}

/** What evidence needs of the API server, for one service in one namespace. */
export interface PodReader {
    /**
     * All pods that carry the revision's label, the ones that end included.
     *
     * @param enteredAt when the step was entered, ISO 8601: tells restarts within the step from earlier ones.
     * @throws when the API server can't be asked, or gives no complete list.
     */
    pods(revision: string, enteredAt?: string): Promise<readonly LivePod[]>;
    /** The revision's autoscaler; undefined when it has none. @throws when the API server can't be asked. */
    autoscaler(revision: string): Promise<AutoscalerState | undefined>;
    /** The time by the API server's clock. @throws when it gives none. */
    serverNow(): Promise<Date>;
}
