import type { ProfileName } from "./profile.ts";
import type { RevisionSettings } from "./revision-settings.ts";

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

/**
 * The profile of a pod at a moment: the latest switch that has started, else what the settings say.
 *
 * @param podStartedAtMs start of the pod, not of a restarted process.
 */
export function activeFault(settings: RevisionSettings, switches: readonly StartingFault[], podStartedAtMs: number, nowMs: number): ActiveFault {
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
