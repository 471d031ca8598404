import { candidateCapacity, stableCapacity } from "../rollout/capacity.ts";
import type { Weight } from "../rollout/plan.ts";
import { type RevisionSpec, referenceTo } from "../rollout/revision.ts";
import { backendsOf } from "../rollout/traffic.ts";
import type { RolloutRecord } from "../rollout/record.ts";
import type { StackChange } from "../lab/trial/trial-stack.ts";
import type { Expectation } from "./expectation.ts";

/** One scene: a change of the stack config, one `pulumi up`, and what must be live afterwards. */
export interface Scene {
    readonly title: string;
    /** What a person would type. */
    readonly command: string;
    readonly change: StackChange;
    /** Whether the guard must refuse it. What is expected live is then what was there before. */
    readonly refused?: true;
    readonly expected: Expectation;
}

/** The whole story: one candidate that goes all the way, with a jump that is refused, and a second that is brought back. */
export function scenes(stable: RevisionSpec, first: RevisionSpec, second: RevisionSpec): readonly Scene[] {
    return [
        {
            title: `from nothing: ${stable.name} serves, ${first.name} runs dark at 0 %`,
            command: "pulumi up",
            change: { candidate: first, rolloutPercent: 0 },
            expected: expectedAt(stable, first, 0),
        },
        {
            title: "a jump, 0 % to 50 %",
            command: "pulumi up -c rolloutPercent=50",
            change: { rolloutPercent: 50 },
            refused: true,
            expected: expectedAt(stable, first, 0),
        },
        ...([10, 25, 50, 100] as const).map((weight) => stepTo(weight, stable, first)),
        {
            title: `finish: ${first.name} is the stable revision`,
            command: "stable := candidate in the config, then pulumi up",
            change: { stable: first, candidate: undefined, rolloutPercent: 0 },
            expected: expectedAt(first),
        },
        { ...stepTo(10, first, second), title: `a second candidate, ${second.name}, at 10 %`, change: { candidate: second, rolloutPercent: 10 } },
        stepTo(25, first, second),
        {
            title: "roll back, 25 % to 0 %",
            command: "pulumi up -c rolloutPercent=0",
            change: { rolloutPercent: 0 },
            expected: expectedAt(first, second, 0),
        },
    ];
}

function stepTo(weight: Weight, stable: RevisionSpec, candidate: RevisionSpec): Scene {
    return {
        title: `a step, to ${String(weight)} %`,
        command: `pulumi up -c rolloutPercent=${String(weight)}`,
        change: { rolloutPercent: weight },
        expected: expectedAt(stable, candidate, weight),
    };
}

/** What the plan says must be live. */
function expectedAt(stable: RevisionSpec, candidate?: RevisionSpec, weightPercent: Weight = 0): Expectation {
    const record: RolloutRecord =
        candidate === undefined
            ? { kind: "steady", stable: referenceTo(stable) }
            : { kind: "rolling", stable: referenceTo(stable), candidate: referenceTo(candidate), weightPercent };
    return {
        weights: Object.fromEntries(backendsOf(record).map((backend) => [backend.revision, backend.weightPercent])),
        readyPods: {
            [stable.name]: stableCapacity(record).minimum,
            ...(record.kind === "rolling" ? { [record.candidate.name]: candidateCapacity(record).minimum } : {}),
        },
    };
}
