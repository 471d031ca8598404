import { defined } from "../../defined.ts";
import { type EvidenceScope, type EvidenceSources, collectEvidence } from "../live/evidence.ts";
import { type OpenEvidenceSources, openEvidenceSources } from "../live/sources.ts";
import { type TesterAccess, testersDoor } from "../../route/live/tester-access.ts";
import type { Criterion } from "../criterion.ts";
import type { Evidence } from "../evidence.ts";
import type { ServiceProfile } from "../../profile/profile.ts";
import { podSeriesOf } from "../pod-series.ts";
import { judge } from "../judge.ts";
import type { JudgeLimits } from "../judge/limits.ts";
import type { Judgement } from "../verdict.ts";
import type { JudgedTarget } from "./judged-rollout.ts";

/** The judge, with a stack's limits. No criteria are a hold. */
export function judgedBy(target: Pick<JudgedTarget, "metrics" | "timeScale">, criteria: readonly Criterion[], evidence: Evidence): Judgement {
    return judge(criteria, evidence, judgeLimitsOf(target));
}

/** The judge's limits on a stack. */
export function judgeLimitsOf({ metrics, timeScale }: Pick<JudgedTarget, "metrics" | "timeScale">): Partial<JudgeLimits> {
    return { timeScale, ...defined({ scrapeIntervalSeconds: metrics?.scrapeIntervalSeconds }) };
}

/** As much of a stack's config as says where its evidence is. */
export type ObservedTarget = Pick<JudgedTarget, "namespace" | "service" | "hostname" | "gateway" | "metrics" | "timeScale"> & {
    readonly profile: Pick<ServiceProfile, "metrics" | "probes">;
};

/** What a look at the live system is about. */
export type Look = Omit<EvidenceScope, "namespace" | "service" | "scrapeIntervalSeconds">;

/** Looks at the live system of a stack from the sources that its config names, the same for the guard, a command and the live page. */
export class LiveEvidence {
    readonly #target: ObservedTarget;
    readonly #sources: OpenEvidenceSources | undefined;

    /**
     * Opens connections.
     *
     * @param folder of the program, for functions among its probes. @default the working directory, as in a watchdog's pod
     * @throws where an address is not valid.
     */
    constructor(target: ObservedTarget, pods: EvidenceSources["pods"], testers: TesterAccess, folder = process.cwd()) {
        const { metrics, hostname, gateway, profile } = target;
        this.#target = target;
        this.#sources =
            metrics === undefined
                ? undefined
                : openEvidenceSources({
                      ...metrics,
                      ...testersDoor({ gatewayUrl: metrics.gatewayUrl, hostname }, gateway.testers),
                      podSeries: podSeriesOf(profile.metrics),
                      probes: profile.probes ?? {},
                      folder,
                      testers,
                      pods,
                  });
    }

    /** What is seen now. @throws where the stack names nothing to look at. */
    async collect(look: Look): Promise<Evidence> {
        const { namespace, service, metrics } = this.#target;
        const scrapes = defined({ scrapeIntervalSeconds: metrics?.scrapeIntervalSeconds });
        return collectEvidence({ namespace, service, ...look, ...scrapes }, this.#opened());
    }

    /** Runs probes against a revision, whatever it is on the route. @throws where the stack names nothing to look at. */
    async probe(revision: string, names: readonly string[]): Promise<Evidence["probes"]> {
        return this.#opened().probes.run(revision, names);
    }

    /** Closes its connections. */
    async close(): Promise<void> {
        await this.#sources?.close();
    }

    #opened(): OpenEvidenceSources {
        if (this.#sources === undefined) {
            throw new Error("the stack names no Prometheus: set metrics.prometheusUrl");
        }
        return this.#sources;
    }
}
