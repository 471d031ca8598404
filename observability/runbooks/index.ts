import { alertGroups } from "../catalogue.ts";
import type { Scope } from "../scope.ts";
import { candidateRunbooks } from "./candidate.ts";
import { capacityRunbooks } from "./capacity.ts";
import { clickhouseRunbooks } from "./clickhouse.ts";
import { dataRunbooks } from "./data.ts";
import { gateRunbooks } from "./gates.ts";
import { kafkaRunbooks } from "./kafka.ts";
import { pipelineRunbooks } from "./pipeline.ts";
import { postgresRunbooks } from "./postgres.ts";
import { redisRunbooks } from "./redis.ts";
import { rollbackRunbooks } from "./rollback.ts";
import { rolloutRunbooks } from "./rollout.ts";
import { runbookPage } from "./page.ts";
import type { Runbooks } from "./runbook.ts";
import { sloRunbooks } from "./slo.ts";
import { stableRunbooks } from "./stable.ts";
import { viewRunbooks } from "./views.ts";
import { workloadRunbooks } from "./workload.ts";

export type { Runbook, Runbooks, Step } from "./runbook.ts";

/** Every runbook, by the name of its alert. A test compares the two, both ways. */
export function runbooksFor(scope: Scope): Runbooks {
    return {
        ...rollbackRunbooks(scope),
        ...rolloutRunbooks(scope),
        ...sloRunbooks(scope),
        ...viewRunbooks(scope),
        ...candidateRunbooks(scope),
        ...gateRunbooks(scope),
        ...stableRunbooks(scope),
        ...capacityRunbooks(scope),
        ...workloadRunbooks(scope),
        ...redisRunbooks(scope),
        ...(scope.database === undefined ? {} : postgresRunbooks(scope, scope.database)),
        ...clickhouseRunbooks(scope),
        ...(scope.kafka === undefined ? {} : kafkaRunbooks(scope, scope.kafka)),
        ...dataRunbooks(scope),
        ...pipelineRunbooks(scope),
    };
}

/** A page for each alert, by its file name. @throws {Error} when an alert has no runbook: it must not be deployed. */
export function runbookPages(scope: Scope): ReadonlyMap<string, string> {
    const runbooks = runbooksFor(scope);
    return new Map(
        alertGroups(scope).flatMap((group) =>
            group.alerts.map((alert): readonly [string, string] => {
                const runbook = runbooks[alert.name];
                if (runbook === undefined) {
                    throw new Error(`the alert ${alert.name} has no runbook: write one in observability/runbooks`);
                }
                return [`${alert.name}.md`, runbookPage(group, alert, runbook)];
            }),
        ),
    );
}
