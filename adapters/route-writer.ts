import type { RevisionReference } from "../rollout/revision.ts";
import type { ClusterReaderArgs } from "./kubernetes.ts";

/** Which rollout to take back, and why. */
export interface RollBack {
    readonly namespace: string;
    /** Name of the HTTPRoute. */
    readonly name: string;
    /** The revision that gets everything. */
    readonly stable: RevisionReference;
    /** The revision that loses its users, and is marked. Another candidate on the route is left alone. */
    readonly candidate: RevisionReference;
    /** What people read, and the mark carries: one line. */
    readonly reason: string;
}

/** What came of a rollback. `tookMs`: from the call to the API server's confirmation. */
export type RollBackResult =
    | { readonly kind: "rolled-back"; readonly fromPercent: number; readonly attempts: number; readonly tookMs: number }
    /** The stable revision has everything already, and the candidate is marked. */
    | { readonly kind: "already"; readonly tookMs: number }
    /** The route is not about these two revisions any more: nothing was changed. */
    | { readonly kind: "overtaken"; readonly reason: string; readonly tookMs: number }
    /** The traffic may be where it was. */
    | { readonly kind: "failed"; readonly reason: string; readonly tookMs: number };

/** What came of taking a mark away. */
export type ClearResult = { readonly kind: "cleared" } | { readonly kind: "not-marked" } | { readonly kind: "failed"; readonly reason: string };

/** Changes the live route, past the program: the way back only. It needs the API server and nothing else. */
export interface RouteWriter {
    /** Gives the stable revision everything, in one patch, and marks the candidate so that nobody puts it back by accident. Never throws. */
    rollBack(rollBack: RollBack): Promise<RollBackResult>;
    /** Takes the mark of `revision` away, so that it may go forward again. Write down who did and why before. Never throws. */
    clearRolledBack(route: { readonly namespace: string; readonly name: string; readonly revision: RevisionReference }): Promise<ClearResult>;
}

/** A writer over the API server. */
export declare function routeWriter(args: ClusterReaderArgs): RouteWriter;
