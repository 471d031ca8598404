import type { FunctionProbe } from "../rollout/gate/probe.ts";

const asked = (name: string): FunctionProbe => ({ kind: "function", module: "service/probes/dialogues.ts", export: name });

/** The functional probes of the service, in the order of the checklist. What each asks is in probes/dialogues.ts. */
export const probes = {
    health: asked("health"),
    api: asked("api"),
    cache: asked("cache"),
    "engagement-events": { ...asked("engagementEvents"), writes: true },
    search: asked("search"),
    trending: asked("trending"),
    "creator-recommendations": asked("creatorRecommendations"),
    "similar-videos": asked("similarVideos"),
} as const;

/** Name of a probe of the service. */
export type ProbeName = keyof typeof probes;

/** All of them. */
export const probeNames: readonly ProbeName[] = [
    "health",
    "api",
    "cache",
    "engagement-events",
    "search",
    "trending",
    "creator-recommendations",
    "similar-videos",
];
