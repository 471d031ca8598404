import { expect } from "vitest";

import type { TrialStack } from "../../lab/trial/trial-stack.ts";
import { nextRevision, succeeding } from "./engine.ts";

/** A step of a trial's candidate, and what must hold whatever becomes of it. */
export class InterruptedStep {
    readonly #stack: TrialStack;

    constructor(stack: TrialStack) {
        this.#stack = stack;
    }

    /** Share of users that the candidate has, in percent. */
    async weight(): Promise<number> {
        return (await this.#stack.live.weights())[nextRevision(this.#stack.stable).name] ?? 0;
    }

    /** Takes it to a weight, by an update that looks at what is live first. */
    async to(rolloutPercent: 10 | 25): Promise<void> {
        this.#stack.configure({ rolloutPercent });
        await succeeding(this.#stack.up({ options: ["--refresh"] }));
        expect(await this.weight()).toBe(rolloutPercent);
    }

    /** The stable revision can take everybody, at every moment. */
    async expectEnoughPods(): Promise<void> {
        const { live, stable } = this.#stack;
        expect((await live.scale(stable.name)).minimum).toBeGreaterThanOrEqual(6);
        expect((await live.readyPods())[stable.name]).toBeGreaterThanOrEqual(6);
    }
}
