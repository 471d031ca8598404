import { z } from "zod";

import { type ApiServer, reasonOf, statusOf, timeOf } from "../../kubernetes/api-server.ts";
import type { LabelKeys } from "../../route/label-keys.ts";

/** Whether this watcher is the one that watches. Times are ISO 8601, by the API server's clock. */
export type LeaseAnswer =
    /** Held until at least `until`. `takenFrom`: the previous holder, if its lease expired. */
    | { readonly kind: "held"; readonly until: string; readonly takenFrom?: string }
    /** Another one is. `sees`: it says that it sees what it watches. */
    | { readonly kind: "elsewhere"; readonly holder: string; readonly until: string; readonly sees: boolean }
    /** The API server can't be asked. */
    | { readonly kind: "unknown"; readonly reason: string };

/**
 * Which one of several watchers speaks: a Lease of Kubernetes.
 *
 * Its holder sends the messages and shows the metrics. No safety depends on it: every watcher judges and may roll back, two that both do send the same patch,
 * and the second finds it done.
 *
 * A holder that sees nothing says so on the lease, and a watcher that sees takes it over. So there is no time in which no watcher speaks, and one that is blind
 * keeps out none that sees.
 */
export interface WatchLease {
    /**
     * Takes the lease, renews it when it is held here, or takes it over when its holder let it run out or says that it sees nothing. Call it three times in
     * its duration. Never throws.
     *
     * @param sees whether this watcher sees what it watches. Undefined: it has not looked yet, so it takes over from no holder.
     */
    acquire(sees?: boolean): Promise<LeaseAnswer>;
    /** Gives it up at once, so that the next one need not wait. Asks nothing where it was never asked for. Never throws. */
    release(): Promise<void>;
}

export interface WatchLeaseArgs {
    readonly api: ApiServer;
    readonly namespace: string;
    /** Name of the Lease: `watchLeaseName(service)` of rollout/pulumi/watchdog-rights.ts. */
    readonly name: string;
    /** By which a watcher says on the lease that it sees nothing. */
    readonly keys: Pick<LabelKeys, "watcherBlind">;
    /** Who this is, unique among watchers: the pod's name, or host and process. */
    readonly holder: string;
    /** How long it counts without being renewed, in seconds. @default 15, as leader election in Kubernetes has it */
    readonly durationSeconds?: number;
}

/** A lease over the API server. */
export function watchLease({ namespace, name, keys, holder, durationSeconds = 15, api }: WatchLeaseArgs): WatchLease {
    const place = { namespace, name };
    const own = { holder, durationSeconds, blindKey: keys.watcherBlind };
    let previous: Promise<unknown> | undefined;
    /** One request after another: a renewal that is late must not come after the lease was given up. */
    const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
        const mine = (previous ?? Promise.resolve()).then(work);
        previous = mine;
        return mine;
    };
    return {
        acquire: (sees) =>
            inTurn(async () => {
                try {
                    const found = await read(api, place);
                    const other = heldElsewhere(found, own);
                    if (other !== undefined && !(sees === true && !other.sees)) {
                        return other;
                    }
                    await write(api, place, claimOf(found, own, sees));
                    return heldFrom(found, own);
                } catch (error) {
                    // Another one wrote between read and write: whichever it was holds it now.
                    return statusOf(error) === 409 ? whoHolds(api, place, own) : { kind: "unknown", reason: reasonOf(error) };
                }
            }),
        release: async () => {
            if (previous === undefined) {
                return;
            }
            await inTurn(async () => {
                try {
                    const { lease, now } = await read(api, place);
                    if (lease?.spec.holderIdentity === holder) {
                        await write(api, place, { ...lease, spec: { ...lease.spec, holderIdentity: "", renewTime: microTime(now) } });
                    }
                } catch {
                    // It runs out by itself.
                }
            });
        },
    };
}

/** A lease, as far as it is read here. @see https://kubernetes.io/docs/concepts/architecture/leases/ */
const leaseSchema = z.object({
    metadata: z.looseObject({ resourceVersion: z.string().optional(), annotations: z.record(z.string(), z.string()).optional() }),
    spec: z
        .looseObject({
            holderIdentity: z.string().default(""),
            leaseDurationSeconds: z.number().positive().optional().catch(undefined),
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

/** One watcher, as it writes itself on the lease. */
interface Claimant {
    readonly holder: string;
    readonly durationSeconds: number;
    readonly blindKey: string;
}

/**
 * Which other watcher has the lease, by the API server's clock. A renewal in the future comes from a clock that is wrong, and a duration that is longer than this
 * watcher's own from any other party: neither keeps a watcher out.
 */
function heldElsewhere({ lease, now }: Found, { holder, durationSeconds, blindKey }: Claimant): Extract<LeaseAnswer, { kind: "elsewhere" }> | undefined {
    const { holderIdentity: other = "", leaseDurationSeconds = durationSeconds, renewTime } = lease?.spec ?? {};
    const renewedMs = Date.parse(renewTime ?? "");
    const untilMs = renewedMs + Math.min(leaseDurationSeconds, durationSeconds) * 1_000;
    return other !== "" && other !== holder && renewedMs <= now.getTime() + mostSkewMs && untilMs > now.getTime()
        ? {
              kind: "elsewhere",
              holder: other,
              until: new Date(untilMs).toISOString(),
              sees: lease?.metadata.annotations?.[blindKey] === undefined,
          }
        : undefined;
}

/** The lease as this watcher writes it. */
function claimOf({ lease, now }: Found, { holder, durationSeconds, blindKey }: Claimant, sees: boolean | undefined): Lease {
    const renewed = lease?.spec.holderIdentity === holder;
    const others = Object.entries(lease?.metadata.annotations ?? {}).filter(([key]) => key !== blindKey);
    return {
        metadata: { ...lease?.metadata, annotations: { ...Object.fromEntries(others), ...(sees === false ? { [blindKey]: "true" } : {}) } },
        spec: {
            holderIdentity: holder,
            leaseDurationSeconds: durationSeconds,
            acquireTime: renewed && lease.spec.acquireTime !== undefined ? lease.spec.acquireTime : microTime(now),
            renewTime: microTime(now),
            leaseTransitions: lease === undefined ? 0 : lease.spec.leaseTransitions + (renewed ? 0 : 1),
        },
    };
}

function heldFrom({ lease, now }: Found, { holder, durationSeconds }: Claimant): LeaseAnswer {
    const { holderIdentity: other = "" } = lease?.spec ?? {};
    const until = new Date(now.getTime() + durationSeconds * 1_000).toISOString();
    return { kind: "held", until, ...(other === "" || other === holder ? {} : { takenFrom: other }) };
}

/** Difference between the clocks of two API servers that is taken for normal, in milliseconds. */
const mostSkewMs = 10_000;

/** A time as leases have it: with six digits after the second. */
function microTime(time: Date): string {
    return time.toISOString().replace("Z", "000Z");
}

/** Who was quicker. */
async function whoHolds(api: ApiServer, place: Place, own: Claimant): Promise<LeaseAnswer> {
    try {
        const found = await read(api, place);
        const other = heldElsewhere(found, own);
        const mine = found.lease?.spec.holderIdentity === own.holder;
        return other ?? (mine ? heldFrom(found, own) : { kind: "unknown", reason: "another watcher changed the lease at the same time" });
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
async function write(api: ApiServer, { namespace, name }: Place, { metadata, spec }: Lease): Promise<void> {
    const body = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { ...metadata, name, namespace }, spec };
    await api.ask<unknown>(({ custom }, options) =>
        metadata.resourceVersion === undefined
            ? custom.createNamespacedCustomObject({ ...kind, namespace, body }, options)
            : custom.replaceNamespacedCustomObject({ ...kind, namespace, name, body }, options),
    );
}
