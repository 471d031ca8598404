import type { Evidence } from "../../gate/evidence.ts";
import type { PrometheusClient } from "../../gate/live/prometheus.ts";
import type { PodSeries } from "../../gate/pod-series.ts";
import type { GatewayStatistics } from "../../settings/gateway-statistics.ts";
import type { BaselineLook } from "../assess.ts";
import { partsOfWindow } from "../limits.ts";
import { viewsOverTime } from "./series.ts";

/** Whom to ask. */
export interface BaselineSources {
    readonly prometheus: Pick<PrometheusClient, "now" | "range">;
    /** What is known of the revision as the stable one, over a window. */
    readonly collect: (look: { readonly stable: string; readonly enteredAt: string; readonly windowSeconds: number }) => Promise<Evidence>;
    /** Runs every probe of the profile against the revision. */
    readonly probe: () => Promise<Evidence["probes"]>;
}

/** What is to be measured, and what the stack shows. */
export interface BaselineWindow {
    readonly about: BaselineLook["about"];
    readonly hours: number;
    readonly scrapeIntervalSeconds: number;
    /** Undefined where the pods show nothing. */
    readonly podSeries: PodSeries | undefined;
    readonly gateway?: GatewayStatistics | undefined;
}

/** Looks for gaps in so many pieces, as long as they hold a few scrapes each: five minutes of a day. */
const looksInWindow = 288;
const scrapesInLook = 4;

/** Looks at the hours until now, by Prometheus' clock. @throws where Prometheus does not answer, as nothing can be said then. */
export async function lookAtWindow(
    { prometheus, collect, probe }: BaselineSources,
    { about, hours, gateway, ...shown }: BaselineWindow,
): Promise<BaselineLook> {
    const { scrapeIntervalSeconds, podSeries } = shown;
    const now = await prometheus.now();
    if (now.kind === "missing") {
        throw new Error(now.reason);
    }
    const toSeconds = Math.floor(now.value);
    const fromSeconds = toSeconds - Math.round(hours * 3_600);
    const windowSeconds = toSeconds - fromSeconds;
    const stepSeconds = Math.max(scrapesInLook * scrapeIntervalSeconds, Math.ceil(windowSeconds / looksInWindow));
    const { namespace, service, revision } = about;
    const scope = { namespace, service, revision, fromSeconds, toSeconds, stepSeconds, parts: partsOfWindow, podSeries, gateway };
    const [evidence, views, probes] = await Promise.all([
        collect({ stable: revision, enteredAt: new Date(fromSeconds * 1_000).toISOString(), windowSeconds }),
        viewsOverTime(prometheus, scope),
        probe(),
    ]);
    return { about, fromSeconds, toSeconds, stepSeconds, scrapeIntervalSeconds, evidence, views, probes };
}
