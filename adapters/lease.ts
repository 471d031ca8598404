import { z } from "zod";

import { type ApiServer, reasonOf, statusOf, timeOf } from "./kubernetes/api-server.ts";

/** Whether this watcher is the one that watches. Times are ISO 8601, by the API server's clock. */
export type LeaseAnswer =
    /** It is, until `until` at least. `takenFrom`: whoever let it run out. */
    | { readonly kind: "held"; readonly until: string; readonly takenFrom?: string }
    /** Another one is. */
    | { readonly kind: "elsewhere"; readonly holder: string; readonly until: string }
    /** The API server can't be asked. */
    | { readonly kind: "unknown"; readonly reason: string };

/**
 * Which one of several watchers watches: a Lease of Kubernetes.
 *
 * It saves double work, and no safety depends on it: two watchers that both roll back do the same patch, and the second finds it done.
 */
export interface WatchLease {
    /** Takes the lease, renews it when it is held here, or takes it over when its holder let it run out. Call it three times in its duration. Never throws. */
    acquire(): Promise<LeaseAnswer>;
    /** Gives it up at once, so that the next one need not wait. Never throws. */
    release(): Promise<void>;
}

export interface WatchLeaseArgs {
    readonly api: ApiServer;
    readonly namespace: string;
    /** Name of the Lease: `watchLeaseName(service)` of components/watchdog-rights.ts. */
    readonly name: string;
    /** Who this is, unique among watchers: the pod's name, or host and process. */
    readonly holder: string;
    /** How long it counts without being renewed, in seconds. @default 15, as leader election in Kubernetes has it */
    readonly durationSeconds?: number;
}

/** A lease over the API server. */
export function watchLease({ namespace, name, holder, durationSeconds = 15, api }: WatchLeaseArgs): WatchLease {
    const place = { namespace, name };
    return {
        acquire: async () => {
            try {
                const found = await read(api, place);
                const { answer, spec } = claimOf(found, holder, durationSeconds);
                if (spec !== undefined) {
                    await write(api, place, found.lease, spec);
                }
                return answer;
            } catch (error) {
                // Another one wrote between read and write: whoever it was holds it now, and the next call tells.
                return statusOf(error) === 409 ? whoHolds(api, place, holder) : { kind: "unknown", reason: reasonOf(error) };
            }
        },
        release: async () => {
            try {
                const { lease, now } = await read(api, place);
                if (lease?.spec.holderIdentity === holder) {
                    await write(api, place, lease, { ...lease.spec, holderIdentity: "", renewTime: microTime(now) });
                }
            } catch {
                // It runs out by itself.
            }
        },
    };
}

/** A lease, as far as it is read here. @see https://kubernetes.io/docs/concepts/architecture/leases/ */
const leaseSchema = z.object({
    metadata: z.looseObject({ resourceVersion: z.string() }),
    spec: z
        .looseObject({
            holderIdentity: z.string().default(""),
            leaseDurationSeconds: z.number().optional(),
            acquireTime: z.string().optional(),
            renewTime: z.string().optional(),
            leaseTransitions: z.number().default(0),
        })
        .prefault({}),
});

type Lease = z.infer<typeof leaseSchema>;

/** The lease as it is, undefined where there is none, and the API server's time. */
interface Found {
    readonly lease: Lease | undefined;
    readonly now: Date;
}

interface Place {
    readonly namespace: string;
    readonly name: string;
}

/**
 * Who has the lease, by the API server's clock, and what to write to have it. A renewal in the future comes from a clock that is wrong, and keeps nobody out.
 */
function claimOf({ lease, now }: Found, holder: string, durationSeconds: number): { readonly answer: LeaseAnswer; readonly spec?: Lease["spec"] } {
    const { holderIdentity: other, acquireTime, leaseTransitions } = lease?.spec ?? { holderIdentity: "", leaseTransitions: 0 };
    const renewedMs = Date.parse(lease?.spec.renewTime ?? "");
    const heldUntilMs = renewedMs + (lease?.spec.leaseDurationSeconds ?? durationSeconds) * 1_000;
    if (other !== "" && other !== holder && renewedMs <= now.getTime() + mostSkewMs && heldUntilMs > now.getTime()) {
        return { answer: { kind: "elsewhere", holder: other, until: new Date(heldUntilMs).toISOString() } };
    }
    const renewed = other === holder;
    return {
        answer: {
            kind: "held",
            until: new Date(now.getTime() + durationSeconds * 1_000).toISOString(),
            ...(other === "" || renewed ? {} : { takenFrom: other }),
        },
        spec: {
            holderIdentity: holder,
            leaseDurationSeconds: durationSeconds,
            acquireTime: renewed && acquireTime !== undefined ? acquireTime : microTime(now),
            renewTime: microTime(now),
            leaseTransitions: renewed || lease === undefined ? leaseTransitions : leaseTransitions + 1,
        },
    };
}

/** Difference between the clocks of two API servers that is taken for normal, in milliseconds. */
const mostSkewMs = 10_000;

/** A time as leases have it: with six digits after the second. */
function microTime(time: Date): string {
    return time.toISOString().replace("Z", "000Z");
}

/** Who was quicker. */
async function whoHolds(api: ApiServer, place: Place, holder: string): Promise<LeaseAnswer> {
    try {
        const { lease, now } = await read(api, place);
        const { holderIdentity = "", renewTime, leaseDurationSeconds = 0 } = lease?.spec ?? {};
        const renewedMs = Date.parse(renewTime ?? "");
        const until = new Date((Number.isNaN(renewedMs) ? now.getTime() : renewedMs) + leaseDurationSeconds * 1_000).toISOString();
        return holderIdentity === holder ? { kind: "held", until } : { kind: "elsewhere", holder: holderIdentity, until };
    } catch (error) {
        return { kind: "unknown", reason: reasonOf(error) };
    }
}

// Leases are asked for as custom objects, which are plain data: the client's method for leases wants instances of its own classes.
const kind = { group: "coordination.k8s.io", version: "v1", plural: "leases" };

async function read(api: ApiServer, place: Place): Promise<Found> {
    const answer = await api.find<unknown>(({ custom }, options) => custom.getNamespacedCustomObject({ ...kind, ...place }, options));
    return { lease: answer.value === undefined ? undefined : leaseSchema.parse(answer.value), now: timeOf(answer) };
}

/** Makes the lease, or replaces the one that was read: with its `resourceVersion`, so that only one of two succeeds. */
async function write(api: ApiServer, { namespace, name }: Place, lease: Lease | undefined, spec: Lease["spec"]): Promise<void> {
    const body = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: lease?.metadata ?? { name, namespace }, spec };
    await api.ask<unknown>(({ custom }, options) =>
        lease === undefined
            ? custom.createNamespacedCustomObject({ ...kind, namespace, body }, options)
            : custom.replaceNamespacedCustomObject({ ...kind, namespace, name, body }, options),
    );
}
