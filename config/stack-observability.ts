import type { ServiceObservabilityArgs } from "../components/service-observability.ts";
import type { StackConfig } from "./schema.ts";
import { defined } from "../rollout/defined.ts";
import { scopeOf } from "./scope.ts";

/** How often Prometheus scrapes where the stack's config does not say, in seconds: the default of `metrics.scrapeIntervalSeconds`. */
const usualScrapeIntervalSeconds = 15;

/** What the stack's config asks to be watched, or undefined where it asks for nothing. */
export function stackObservability(config: StackConfig): Omit<ServiceObservabilityArgs, "namespace"> | undefined {
    const { observability, metrics, watchdog } = config;
    if (observability === undefined) {
        return undefined;
    }
    const { team, jobs, runbookUrl, grafanaUrl, receivers, selectLabels, podLogs, logsUrl } = observability;
    const links = { runbooks: runbookUrl, grafana: grafanaUrl, ...defined({ logs: logsUrl }) };
    return {
        scope: scopeOf(config, { team, jobs, links }),
        selectLabels,
        scrapeIntervalSeconds: metrics?.scrapeIntervalSeconds ?? usualScrapeIntervalSeconds,
        watchdog: watchdog !== undefined,
        receiverSecret: { name: receivers.secretName, channel: receivers.channel },
        ...defined({ podLogs }),
    };
}
