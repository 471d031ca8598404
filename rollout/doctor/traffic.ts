import type { TrafficOutlook } from "../gate/forecast.ts";
import type { Problem } from "../preflight/preflight.ts";
import { type DoctorFinding, found, unknown } from "./finding.ts";

/** Whether a healthy candidate can show itself in each step at the traffic of now. */
export function judgeTraffic({ traffic: { requestsPerSecond }, steps }: TrafficOutlook): DoctorFinding {
    if (requestsPerSecond.kind === "missing") {
        return unknown(`what users do is not known: ${requestsPerSecond.reason}`, "see the checks prometheus, gateway-metrics and pod-labels");
    }
    const rate = `${requestsPerSecond.value.toFixed(1)} requests a second`;
    const problems = steps
        .filter(({ tooSlow }) => tooSlow.length > 0)
        .map(({ weightPercent, tooSlow }): Problem => ({
            text: `at ${rate}, even a clean candidate can't show ${tooSlow.map(({ criterion }) => criterion).join(", ")} in time at ${String(weightPercent)} %`,
            fix: "begin when there are more users, or change the plan's bounds or times: 'rollout forecast' has the numbers",
        }));
    return found(problems, `at ${rate}, a clean candidate can show every criterion of each step in its time`);
}
