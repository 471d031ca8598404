import type { Observation } from "../rollout/evidence.ts";
import { type PodPagesArgs, podPages } from "./pod-metrics/page.ts";
import { type ProcessLook, countsBetween, processLookOf } from "./pod-metrics/process-look.ts";

export { type PodPages, type PodPagesArgs, podPages } from "./pod-metrics/page.ts";

/** Requests of one pod since the look before. */
export interface PodRequestCounts {
    readonly total: number;
    /** Status 500 to 599. */
    readonly failed: number;
    /** Took more than one second. */
    readonly slow: number;
    /** Time between both looks, in seconds: looks in between that failed are bridged. */
    readonly overSeconds: number;
}

/** A pod to ask. */
export interface PodTarget {
    readonly name: string;
    /** IPv4 or IPv6 without brackets. Left out: the pod has none yet, and is reported as missing. */
    readonly address?: string;
}

/** What one pod's own metrics say. */
export interface PodLook {
    readonly pod: string;
    /** Missing at the first look at a pod, as there is nothing to compare with, and whenever the pod can't be asked. A pod that can't be asked never counts as one without requests. */
    readonly counts: Observation<PodRequestCounts>;
}

/** Asks pods for their metrics themselves, for a verdict within a second or two, sooner than scrapes allow. It keeps what it saw last. */
export interface PodMetrics {
    /** Asks all `targets` at once. One look for each, in the same order. A pod that isn't among them is forgotten. Never throws. Looks wait for one another. */
    look(targets: readonly PodTarget[]): Promise<readonly PodLook[]>;
    /** Closes its connections. */
    close(): Promise<void>;
}

/** A reader of pods' own metrics. Connections are kept between looks. */
export function podMetrics(args: PodPagesArgs = {}): PodMetrics {
    const pages = podPages(args);
    let seen: ReadonlyMap<string, ProcessLook> = new Map();
    let previous: Promise<unknown> = Promise.resolve();

    const lookAt = async ({ name, address }: PodTarget): Promise<{ readonly look: PodLook; readonly kept?: ProcessLook }> => {
        const before = seen.get(name);
        try {
            if (address === undefined) {
                throw new Error("it has no address yet");
            }
            const present = processLookOf(await pages.read(address), performance.now() / 1_000);
            return {
                look: { pod: name, counts: before === undefined ? missing("this is the first look at it") : countsBetween(name, before, present) },
                kept: present,
            };
        } catch (error) {
            const look = { pod: name, counts: missing(`pod ${name} can't be asked for its metrics: ${messageOf(error)}`) };
            return before === undefined ? { look } : { look, kept: before };
        }
    };
    const lookAtAll = async (targets: readonly PodTarget[]): Promise<readonly PodLook[]> => {
        const looks = await Promise.all(targets.map(lookAt));
        seen = new Map(looks.flatMap(({ look, kept }) => (kept === undefined ? [] : [[look.pod, kept]])));
        return looks.map(({ look }) => look);
    };
    return {
        look: (targets) => {
            const looks = previous.then(() => lookAtAll(targets));
            previous = looks;
            return looks;
        },
        close: () => pages.close(),
    };
}

function missing(reason: string): Observation<never> {
    return { kind: "missing", reason };
}

function messageOf(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
}
