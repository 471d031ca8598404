import { defined } from "../defined.ts";
import { commitOf } from "../ledger/live/commit.ts";
import type { LiveRollout } from "../kubernetes/live-rollout.ts";
import type { Enforcement } from "../plan/step-demands.ts";
import { assemblyOf } from "../gate/conditions/assembly.ts";
import type { JudgedRollout } from "../gate/conditions/judged-rollout.ts";
import { StepConditions, type StepConditionsArgs, orderOnly } from "../gate/conditions/step-conditions.ts";
import type { StepCondition } from "./rollout-change.ts";
import { type RolloutJournal, rolloutJournal } from "./rollout-journal.ts";

/** What a rollout is given besides its revisions. */
export interface StackGates {
    readonly conditions: readonly StepCondition[];
    /** What the conditions ask, for others to see. */
    readonly enforcement: Enforcement;
    readonly journal: RolloutJournal;
}

export interface StackGatesArgs extends Omit<JudgedRollout, "ledger">, Pick<LiveRollout, "ledger" | "actor"> {
    /** Folder with Pulumi.yaml, which is in the repository of the release. */
    readonly stack: NonNullable<JudgedRollout["stack"]>;
    /** Where forecasts and warnings go. @default the engine's log */
    readonly log?: StepConditionsArgs["log"];
}

/** The conditions that a stack's config asks for, on its live cluster, and the journal that writes down what they were met with. */
export function stackGates({ log, ledger, actor, ...rollout }: StackGatesArgs): StackGates {
    const assembly = assemblyOf({ ...rollout, ledger });
    const told = defined({ log });
    const written = { ledger, actor, commit: () => commitOf(rollout.stack.folder), ...told };
    if (assembly.orderOnly !== undefined) {
        return {
            conditions: [orderOnly(assembly.orderOnly, log)],
            enforcement: { kind: "order-only" },
            journal: rolloutJournal({
                ...written,
                groundsOf: async () => Promise.resolve(undefined),
                remark: `No soak, gate or approval was required: ${assembly.orderOnly}`,
            }),
        };
    }
    const steps = new StepConditions({ ...assembly, ...told });
    return {
        conditions: [steps.condition],
        enforcement: { kind: "full", schedule: assembly.schedule },
        journal: rolloutJournal({ ...written, groundsOf: (move) => steps.groundsOf(move) }),
    };
}
