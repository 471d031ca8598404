import { setTimeout as sleep } from "node:timers/promises";

import { type LabelKeys, labelKeysOf } from "../label-keys.ts";
import type { RevisionReference } from "../revision.ts";
import { carriesReason, markOf, readMarks } from "../rolled-back.ts";
import { testersRouteName } from "../testers.ts";
import type { ClusterReaderArgs } from "../../kubernetes/cluster-reader.ts";
import { type ApiServer, reasonOf, statusOf } from "../../kubernetes/api-server.ts";
import { type GiveAllOf, giveAllPatch } from "../give-all-patch.ts";
import { type PatchOperation, clearPatch, rollbackPatch } from "../rollback-patch.ts";
import { annotationsOf, routeQuery } from "../route.ts";
import { deleteTestersRoute } from "../../kubernetes/testers-route.ts";

/** Which rollout to roll back, and why. */
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
    /** Asked before each further attempt: false gives up. @default always true */
    readonly stillWanted?: () => boolean;
}

/** Why the HTTPRoute of testers is still there, and what to do. Absent where there is none. */
interface TestersEnd {
    readonly testersStay?: string;
}

/** What came of a rollback. `tookMs`: from the call to the API server's confirmation that users are back. */
export type RollBackResult =
    | ({ readonly kind: "rolled-back"; readonly fromPercent: number; readonly attempts: number; readonly tookMs: number } & TestersEnd)
    /** The stable revision has everything already, and the candidate is marked. `sameReason`: with the reason of this rollback. */
    | ({ readonly kind: "already"; readonly sameReason: boolean; readonly tookMs: number } & TestersEnd)
    /** The route is not about these two revisions any more: nothing was changed. */
    | { readonly kind: "overtaken"; readonly reason: string; readonly tookMs: number }
    /** The traffic may be where it was. `refused`: the API server answered, and said no: there is no such route, or no right to change it. */
    | { readonly kind: "failed"; readonly reason: string; readonly refused: boolean; readonly tookMs: number };

/** Which revision gets everything, on a route that does not say which one is stable. */
export interface GiveAll extends Omit<GiveAllOf, "design"> {
    readonly namespace: string;
    /** Name of the HTTPRoute. */
    readonly name: string;
}

/** What came of it. `repaired`: whether the route's record was written anew. */
export type GiveAllResult =
    | ({ readonly kind: "rolled-back"; readonly repaired: boolean; readonly attempts: number; readonly tookMs: number } & TestersEnd)
    /** The traffic may be where it was. */
    | { readonly kind: "failed"; readonly reason: string; readonly tookMs: number };

/** What came of taking a mark away. */
export type ClearResult = { readonly kind: "cleared" } | { readonly kind: "not-marked" } | { readonly kind: "failed"; readonly reason: string };

/** Changes the live route, past the program: the way back only. It needs the API server and nothing else. */
export interface RouteWriter {
    /**
     * Gives the stable revision everything, in one patch, and marks the candidate so that it can't come back by accident. Then ends the testers' own way to it, where
     * they have one: what comes of that changes nothing for users. Never throws.
     */
    rollBack(rollBack: RollBack): Promise<RollBackResult>;
    /** Gives one revision everything, whatever the route says of itself: for a record that can't be read. Never throws. */
    giveAll(asked: GiveAll): Promise<GiveAllResult>;
    /** Takes the mark of `revision` away, so that it may go forward again. Record who did it and why before the call. Never throws. */
    clearRolledBack(route: { readonly namespace: string; readonly name: string; readonly revision: RevisionReference }): Promise<ClearResult>;
}

/** Who writes, in the route's `managedFields`. For readers alone: a rollback takes over the fields that it changes, whatever name wrote them before. */
export const routeWriterName = "progressive-rollout";

/** A writer over the API server. */
export function routeWriter({ route: design, api }: ClusterReaderArgs): RouteWriter {
    const keys = labelKeysOf(design.profile);
    const endTesters = async (namespace: string): Promise<TestersEnd> => {
        if (design.gateway.testers.kind !== "host") {
            return {};
        }
        const done = await insisting(async () => {
            await deleteTestersRoute(api, namespace, design);
            return {};
        });
        const name = testersRouteName(design.service);
        return "gaveUp" in done
            ? {
                  testersStay: `testers may still reach the candidate: HTTPRoute ${namespace}/${name} was not deleted: ${done.gaveUp}. What to do: run 'kubectl delete httproute -n ${namespace} ${name}'`,
              }
            : {};
    };
    return {
        rollBack: async ({ namespace, name, stillWanted, ...of }) => {
            const startMs = performance.now();
            const tookMs = (): number => Math.round(performance.now() - startMs);
            let lostFrom: number | undefined;
            const done = await insisting(async (attempt): Promise<RollBackResult> => {
                const route = await read(api, namespace, name);
                if (route === undefined) {
                    return { kind: "failed", reason: `there is no HTTPRoute ${namespace}/${name}`, refused: true, tookMs: tookMs() };
                }
                const wanted = rollbackPatch(route, { ...of, design });
                if (wanted.kind === "overtaken") {
                    return { ...wanted, tookMs: tookMs() };
                }
                if (wanted.kind === "already") {
                    const sameReason = isMarkedWith(route, of, keys);
                    // A patch whose answer was lost has arrived, where the mark is its own. One that was refused was another's.
                    return lostFrom !== undefined && sameReason
                        ? { kind: "rolled-back", fromPercent: lostFrom, attempts: attempt, tookMs: tookMs() }
                        : { kind: "already", sameReason, tookMs: tookMs() };
                }
                try {
                    await patch(api, namespace, name, wanted.operations);
                } catch (error) {
                    lostFrom = isAnswer(statusOf(error)) ? lostFrom : wanted.fromPercent;
                    throw error;
                }
                return { kind: "rolled-back", fromPercent: wanted.fromPercent, attempts: attempt, tookMs: tookMs() };
            }, stillWanted);
            if ("gaveUp" in done) {
                return { kind: "failed", reason: done.gaveUp, refused: done.refused, tookMs: tookMs() };
            }
            return done.kind === "rolled-back" || done.kind === "already" ? { ...done, ...(await endTesters(namespace)) } : done;
        },
        giveAll: async ({ namespace, name, ...of }) => {
            const startMs = performance.now();
            const tookMs = (): number => Math.round(performance.now() - startMs);
            const done = await insisting(async (attempt): Promise<GiveAllResult> => {
                const route = await read(api, namespace, name);
                if (route === undefined) {
                    return { kind: "failed", reason: `there is no HTTPRoute ${namespace}/${name}`, tookMs: tookMs() };
                }
                const { operations, repaired } = giveAllPatch(route, { ...of, design });
                await patch(api, namespace, name, operations);
                return { kind: "rolled-back", repaired, attempts: attempt, tookMs: tookMs() };
            });
            if ("gaveUp" in done) {
                return { kind: "failed", reason: done.gaveUp, tookMs: tookMs() };
            }
            return done.kind === "rolled-back" ? { ...done, ...(await endTesters(namespace)) } : done;
        },
        clearRolledBack: async ({ namespace, name, revision }) => {
            const done = await insisting(async (): Promise<ClearResult> => {
                const route = await read(api, namespace, name);
                if (route === undefined) {
                    return { kind: "failed", reason: `there is no HTTPRoute ${namespace}/${name}` };
                }
                const operations = clearPatch(route, revision, keys);
                if (operations === undefined) {
                    return { kind: "not-marked" };
                }
                await patch(api, namespace, name, operations);
                return { kind: "cleared" };
            });
            return "gaveUp" in done ? { kind: "failed", reason: done.gaveUp } : done;
        },
    };
}

async function read(api: ApiServer, namespace: string, name: string): Promise<unknown> {
    const { value } = await api.find<unknown>(({ custom }, options) => custom.getNamespacedCustomObject(routeQuery(namespace, name), options));
    return value;
}

async function patch(api: ApiServer, namespace: string, name: string, body: readonly PatchOperation[]): Promise<void> {
    const query = { ...routeQuery(namespace, name), body, fieldManager: routeWriterName };
    await api.ask<unknown>(({ custom }, options) => custom.patchNamespacedCustomObject(query, options));
}

function isMarkedWith(route: unknown, { candidate, reason }: Pick<RollBack, "candidate" | "reason">, { rolledBack }: LabelKeys): boolean {
    const marks = readMarks(annotationsOf(route)[rolledBack]);
    const mark = marks === "unreadable" ? undefined : markOf(marks, candidate);
    return mark !== undefined && carriesReason(mark, reason);
}

/** Whether the API server said no. Without a status, or with trouble of its own, a change may have arrived. */
function isAnswer(status: number | undefined): boolean {
    return status !== undefined && status < 500;
}

/** Never done: why, and whether the API server said no. */
interface GaveUp {
    readonly gaveUp: string;
    readonly refused: boolean;
}

/**
 * Does `attempt` until it succeeds: retries immediately on a conflict, and after a pause on any other error. Gives up after some attempts, or when
 * it is not wanted any more.
 */
async function insisting<T extends object>(attempt: (number: number) => Promise<T>, stillWanted: () => boolean = () => true): Promise<T | GaveUp> {
    for (let number = 1; ; number++) {
        try {
            return await attempt(number);
        } catch (error) {
            const status = statusOf(error);
            if (status === 401 || status === 403) {
                return { gaveUp: reasonOf(error), refused: true };
            }
            if (number === mostAttempts || !stillWanted()) {
                const refused = isAnswer(status) && status !== 409 && status !== 429;
                return { gaveUp: `${reasonOf(error)} (${number === 1 ? "1 attempt" : `${String(number)} attempts`})`, refused };
            }
            // 422: a 'test' of the patch failed. 409: the API server itself lost a race.
            if (status !== 422 && status !== 409) {
                await sleep(pauseMs);
            }
        }
    }
}

/** With the default time limit of a request, this gives up after 26 s at the latest: far below the five minutes in which a rollback must be done. */
const mostAttempts = 5;
const pauseMs = 250;
