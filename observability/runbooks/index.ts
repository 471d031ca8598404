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
        ...postgresRunbooks(scope),
        ...clickhouseRunbooks(scope),
        ...kafkaRunbooks(scope),
        ...dataRunbooks(scope),
        ...pipelineRunbooks(scope),
    };
}
