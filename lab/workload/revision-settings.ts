import { type ProfileName, isProfileName } from "./profile.ts";

/** What a revision's processes show to Prometheus: the metrics of docs/service-contract.md, or those of OpenTelemetry's conventions. */
export type TelemetryKind = "contract" | "opentelemetry";

/** What the settings of a revision say to the simulator. */
export interface RevisionSettings {
    /** Setting FAULT_PROFILE. */
    readonly profile: ProfileName;
    /** Setting FAULT_AFTER_SECONDS: the profile starts that long after the pod. */
    readonly afterMs: number;
    /** Setting FAULT_LEAK_FACTOR: multiplies the growth of a leak, so that a rollout of minutes sees what takes hours. */
    readonly leakFactor: number;
    /** Setting TELEMETRY. */
    readonly telemetry: TelemetryKind;
    /** Why the settings are no good. Undefined: they are. */
    readonly problem: string | undefined;
}

/** Settings of a revision that says nothing to the simulator. */
export const defaultSettings: RevisionSettings = { profile: "healthy", afterMs: 0, leakFactor: 1, telemetry: "contract", problem: undefined };

/** Reads a revision's settings: the data of its ConfigMap. A service with a setting it can't read does not start, so the answer is a crash loop then, with the problem. */
export function revisionSettings(data: Readonly<Record<string, string>>): RevisionSettings {
    const { FAULT_PROFILE: profile = "healthy", FAULT_AFTER_SECONDS: after = "0", FAULT_LEAK_FACTOR: factor = "1", TELEMETRY: telemetry = "contract" } = data;
    const bad = (key: string, value: string, wanted: string): RevisionSettings => ({
        ...defaultSettings,
        profile: "crash-looping",
        problem: `${key} is '${value}': use ${wanted}`,
    });
    if (!isProfileName(profile)) {
        return bad("FAULT_PROFILE", profile, "a name from lab/workload/profile.ts, or leave it out");
    }
    if (!/^\d+(\.\d+)?$/.test(after)) {
        return bad("FAULT_AFTER_SECONDS", after, "a number of seconds from 0 on");
    }
    if (!/^\d+(\.\d+)?$/.test(factor)) {
        return bad("FAULT_LEAK_FACTOR", factor, "a factor from 0 on");
    }
    if (telemetry !== "contract" && telemetry !== "opentelemetry") {
        return bad("TELEMETRY", telemetry, "contract or opentelemetry, or leave it out");
    }
    return { profile, afterMs: Number(after) * 1_000, leakFactor: Number(factor), telemetry, problem: undefined };
}
