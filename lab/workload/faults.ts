import { type ProfileName, isProfileName } from "./profile.ts";

/** What the settings of a revision say about faults. */
export interface FaultSettings {
    /** Setting FAULT_PROFILE. */
    readonly profile: ProfileName;
    /** Setting FAULT_AFTER_SECONDS: the profile starts that long after the pod. */
    readonly afterMs: number;
    /** Setting FAULT_LEAK_FACTOR: multiplies the growth of a leak, so that a rollout of minutes sees what takes hours. */
    readonly leakFactor: number;
    /** Why the settings are no good. Undefined: they are. */
    readonly problem: string | undefined;
}

/** A switch by hand, from its start on. */
export interface StartingFault {
    readonly profile: ProfileName;
    readonly startsAtMs: number;
    readonly leakFactor: number | undefined;
}

/** The profile that counts at a moment. */
export interface ActiveFault {
    readonly profile: ProfileName;
    /** Since when, in milliseconds since the epoch. */
    readonly sinceMs: number;
    readonly leakFactor: number;
}

/** Settings of a revision that says nothing about faults. */
export const noFaults: FaultSettings = { profile: "healthy", afterMs: 0, leakFactor: 1, problem: undefined };

/** Reads a revision's settings: the data of its ConfigMap. A service with a setting it can't read does not start, so the answer is a crash loop then, with the problem. */
export function faultSettings(data: Readonly<Record<string, string>>): FaultSettings {
    const { FAULT_PROFILE: profile = "healthy", FAULT_AFTER_SECONDS: after = "0", FAULT_LEAK_FACTOR: factor = "1" } = data;
    const bad = (key: string, value: string, wanted: string): FaultSettings => ({
        ...noFaults,
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
    return { profile, afterMs: Number(after) * 1_000, leakFactor: Number(factor), problem: undefined };
}

/**
 * The profile of a pod at a moment: the latest switch that has started, else what the settings say.
 *
 * @param podStartedAtMs start of the pod, not of a restarted process.
 */
export function activeFault(settings: FaultSettings, switches: readonly StartingFault[], podStartedAtMs: number, nowMs: number): ActiveFault {
    const latest = switches.findLast(({ startsAtMs }) => startsAtMs <= nowMs);
    if (latest !== undefined) {
        return { profile: latest.profile, sinceMs: latest.startsAtMs, leakFactor: latest.leakFactor ?? settings.leakFactor };
    }
    const startsAtMs = podStartedAtMs + settings.afterMs;
    return startsAtMs <= nowMs
        ? { profile: settings.profile, sinceMs: startsAtMs, leakFactor: settings.leakFactor }
        : { profile: "healthy", sinceMs: podStartedAtMs, leakFactor: settings.leakFactor };
}

/** Adds a switch: in the order of their starts, of those that have started only the latest. */
export function withSwitch(switches: readonly StartingFault[], added: StartingFault, nowMs: number): readonly StartingFault[] {
    const sorted = [...switches, added].toSorted((one, other) => one.startsAtMs - other.startsAtMs);
    const latest = sorted.findLastIndex(({ startsAtMs }) => startsAtMs <= nowMs);
    return sorted.slice(Math.max(0, latest));
}
