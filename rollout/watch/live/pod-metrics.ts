import type { Observation } from "../../gate/evidence.ts";
import { wordsOf } from "../../words.ts";
import type { PodSeries } from "../../gate/pod-series.ts";
import type { NewCounts } from "../sequential.ts";
import { type PodPagesArgs, podPages } from "./pod-metrics/page.ts";
import { type SeenProcess, countsSince, firstSeen, processLookOf } from "./pod-metrics/process-look.ts";

export { type PodPages, type PodPagesArgs, podPages } from "./pod-metrics/page.ts";

/** A pod to ask. */
export interface PodTarget {
    readonly name: string;
    /** IPv4 or IPv6 without brackets. If omitted, the pod has none yet, and is reported as missing. */
    readonly address?: string;
}

/** What a source of counts said when it was looked at. */
export interface CountsLook {
    /**
     * Missing at the first look, as there is nothing to compare with, and whenever the source can't be asked or read. Such a source never counts as one without
     * requests.
     */
    readonly counts: Observation<NewCounts>;
    /** What can't be seen although there are counts, in words. */
    readonly unseen?: string;
}

/** Asks pods for their metrics themselves, for a verdict within a second or two, sooner than scrapes allow. It keeps what it saw last. */
export interface PodMetrics {
    /** Asks one pod. Looks that fail are bridged by the next. Never throws. Looks at one pod must not overlap. */
    look(target: PodTarget): Promise<CountsLook>;
    /** Forgets a pod that went away. */
    forget(pod: string): void;
    /** Closes its connections. Looks that are under way end as missing. */
    close(): Promise<void>;
}

/**
 * A reader of pods' own metrics. Connections are kept between looks.
 *
 * @param series what the pods show.
 * @param nowMs a clock that only goes forward, in milliseconds. Defaults to the machine's.
 */
export function podMetrics(series: PodSeries, args: PodPagesArgs = {}, nowMs: () => number = () => performance.now()): PodMetrics {
    const pages = podPages(args);
    const seen = new Map<string, SeenProcess>();
    return {
        look: async ({ name, address }) => {
            try {
                if (address === undefined) {
                    throw new Error("it has no address yet");
                }
                const askedAtSeconds = nowMs() / 1_000;
                const samples = await pages.read(address);
                const look = processLookOf(series, samples, { askedAtSeconds, answeredAtSeconds: nowMs() / 1_000 });
                const before = seen.get(name);
                if (before === undefined) {
                    seen.set(name, firstSeen(series, name, look));
                    return { counts: { kind: "missing", reason: `pod ${name} was read once: counts flow from the second time on` } };
                }
                const { counts, seen: kept } = countsSince(series, name, before, look);
                seen.set(name, kept);
                return series.inFlight !== undefined && look.underWay === undefined
                    ? { counts, unseen: `pod ${name} shows no ${series.inFlight}: requests that hang are not seen there` }
                    : { counts };
            } catch (error) {
                return { counts: { kind: "missing", reason: `the metrics of pod ${name} can't be read: ${wordsOf(error)}` } };
            }
        },
        forget: (pod) => {
            seen.delete(pod);
        },
        close: () => pages.close(),
    };
}
