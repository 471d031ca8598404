import type { LivePod } from "../../gate/live/evidence.ts";
import type { GatewayStatistics } from "./gateway-stats.ts";
import type { PodMetrics } from "./pod-metrics.ts";
import type { AlarmSight } from "../alarm-sight.ts";
import { type AlarmCount, type DetectorState, type NewCounts, detect, nothingCounted } from "../sequential.ts";
import { type AlarmClock, machineClock } from "./alarm/clock.ts";
import { AlarmView, type ViewSight } from "./alarm/view.ts";

/** What the alarm reads. */
export interface AlarmSources {
    /** What the candidate's pods say of themselves. If omitted, the profile says that they say nothing, and the alarm sees what users got alone. */
    readonly pods?: {
        /** The candidate's pods. @throws when the API server does not answer. */
        readonly list: () => Promise<readonly LivePod[]>;
        /** Closed by the alarm. */
        readonly metrics: PodMetrics;
    };
    /** The gateway's own statistics of the candidate's backend, closed by the alarm. If omitted, the alarm sees what pods say of themselves, and nothing of what users got. */
    readonly gateway?: GatewayStatistics;
}

/** What an alarm says when it is raised. */
export interface RaisedAlarm extends AlarmCount {
    /** For people: what was counted, and where. */
    readonly reason: string;
}

/** An alarm that was started. */
export interface RunningAlarm {
    /** Ends it: it raises nothing from now on. Resolves when nothing of it runs any more. */
    stop(): Promise<void>;
    /** What it sees now. */
    sight(): AlarmSight;
}

/**
 * Reads the candidate's pods and the gateway's statistics several times a second, and calls `raise` once, when the candidate must lose its traffic now.
 *
 * Pods and gateway each have a detector: the first to find a fault decides. Counts are used as they arrive: a pod that answers late delays its own only. What it
 * can't read it says through `sight`: an alarm that doesn't ring says something only while it sees.
 */
export function startAlarm({ pods, gateway }: AlarmSources, raise: (alarm: RaisedAlarm) => void, clock: AlarmClock = machineClock): RunningAlarm {
    const ended = new AbortController();
    const { signal } = ended;
    const startedMs = clock.nowMs();
    const decide = (where: string) => {
        let state: DetectorState = nothingCounted;
        return (counts: NewCounts): void => {
            if (signal.aborted) {
                return;
            }
            const found = detect(state, counts);
            state = found.state;
            const { alarm } = found;
            if (alarm.kind === "rollback") {
                ended.abort();
                raise({ reason: `${where}${alarm.reason}`, counted: alarm.counted, bad: alarm.bad, of: alarm.of });
            }
        };
    };
    const podView =
        pods &&
        new AlarmView({
            what: "ready pods of the candidate",
            sources: pods.list,
            look: (pod) => pods.metrics.look(pod),
            forget: (pod) => {
                pods.metrics.forget(pod);
            },
            matters: ({ ready }) => ready,
            counted: decide(""),
            clock,
            signal,
        });
    const gatewayView =
        gateway &&
        new AlarmView({
            what: "instances of the gateway",
            sources: () => gateway.instances(),
            look: (instance) => gateway.look(instance),
            forget: (name) => {
                gateway.forget(name);
            },
            matters: () => true,
            counted: decide("at the gateway, "),
            clock,
            signal,
        });
    // Loops end on the signal, whatever they wait for; closing what they wait on ends the rest.
    const over = Promise.all([podView?.run(), gatewayView?.run()]).then(() => Promise.all([pods?.metrics.close(), gateway?.close()]));
    return {
        stop: async () => {
            ended.abort();
            await over;
        },
        sight: () => {
            const ownPods = podView?.sight() ?? noPods;
            const users = gatewayView?.sight();
            const nothing = podView === undefined && users === undefined ? nothingToRead : undefined;
            const unseen = [nothing, ownPods.unseen, users?.unseen].filter((reason) => reason !== undefined).join("; ");
            if (ownPods.seen === 0 && (users?.seen ?? 0) === 0) {
                const lastMs = Math.max(startedMs, ownPods.lastMs ?? startedMs, users?.lastMs ?? startedMs);
                return { kind: "blind", sinceSeconds: (clock.nowMs() - lastMs) / 1_000, reason: unseen };
            }
            return {
                kind: "sees",
                pods: ownPods.seen,
                of: ownPods.of,
                gateway: users !== undefined && users.of > 0 && users.seen === users.of,
                ...(unseen === "" ? {} : { unseen }),
            };
        },
    };
}

/** What is seen of pods that show nothing. */
const noPods: ViewSight = { seen: 0, of: 0, lastMs: undefined, unseen: undefined };

const nothingToRead =
    "the pods show no metrics (metrics.kind of the profile is gateway-alone), and the stack names no gateway whose statistics can be read several times a second (metrics.gatewayStatsUrl)";
