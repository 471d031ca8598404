import { defineProfile } from "../rollout/profile/profile.ts";
import { checklist } from "./checklist/checklist.ts";
import { againstStable, holdAndInvestigate, rollbackAtOnce } from "./criteria/standing.ts";
import { baselineGate, canaryGate, fullGate, halfGate, quarterGate, successCriteria } from "./criteria/steps.ts";
import { labelPrefix } from "./label-keys.ts";
import { metrics } from "./metrics.ts";
import { plan } from "./plan.ts";
import { probes } from "./probes.ts";

const compared = [...holdAndInvestigate, ...againstStable];

/**
 * How the video ranking service is rolled out: the checklist's numbers as data.
 *
 * The numbers are requirements. A lab scales times, never one of these.
 */
export const profile = defineProfile({
    plan,
    criteria: [
        { weightPercent: 0, gate: baselineGate, atOnce: [], investigate: [] },
        { weightPercent: 10, gate: canaryGate, atOnce: rollbackAtOnce, investigate: compared },
        { weightPercent: 25, gate: quarterGate, atOnce: rollbackAtOnce, investigate: compared },
        { weightPercent: 50, gate: halfGate, atOnce: rollbackAtOnce, investigate: compared },
        { weightPercent: 100, gate: fullGate, atOnce: rollbackAtOnce, investigate: holdAndInvestigate },
    ],
    successCriteria,
    labelPrefix,
    variablePrefix: "NOVA",
    checklist,
    metrics,
    probes,
});
