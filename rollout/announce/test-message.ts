import type { Message } from "./message.ts";

/** Facts of a stack that a test message names. */
export interface TestFacts {
    readonly service: string;
    readonly environment: "lab" | "staging" | "prod";
    /** Digest of the revision that is to be rolled out. */
    readonly rollout: string;
    /** ISO 8601. */
    readonly at: string;
}

/** A message that shows whether messages arrive. A status page gets nothing of it: there is no notice in it. */
export function testMessage({ service, environment, rollout, at }: TestFacts): Message {
    return {
        kind: "test",
        title: `Test: messages about ${service} in ${environment} arrive here`,
        text: "A preflight tries its notifiers. Nothing has happened, and nothing is to be done.",
        fields: [],
        links: [],
        at,
        notices: [],
        rollout,
    };
}
