import * as pulumi from "@pulumi/pulumi";

import type { LabelKeys } from "../route/label-keys.ts";
import { type RolloutRecord, decodeRecord } from "../route/record.ts";
import type { DeletionGuard } from "./deletion-guard.ts";
import type { RolloutChange } from "./rollout-change.ts";
import type { RolloutGuard } from "./rollout-guard.ts";
import type { RolloutJournal } from "./rollout-journal.ts";

/** The hooks of a rollout's own objects. */
export interface RolloutHooks {
    readonly gate: pulumi.ResourceHook;
    readonly route: pulumi.ResourceHook;
    readonly journal: pulumi.ResourceHook | undefined;
}

/** Whom the hooks ask and tell. */
export interface Guards {
    readonly guard: RolloutGuard;
    readonly deletionGuard: DeletionGuard;
    readonly wanted: RolloutRecord;
    readonly keys: LabelKeys;
    readonly journal?: RolloutJournal;
}

/** The guard as hooks: one decides, the other also waits until the pods are there that the weights name. The journal hears what that one let through. */
export function rolloutHooks(name: string, { guard, deletionGuard, wanted, keys, journal }: Guards): RolloutHooks {
    let change: RolloutChange | undefined;
    const gate = new pulumi.ResourceHook(
        `${name}-gate-guard`,
        async (args) => {
            await guard.check(pulumi.runtime.isDryRun(), recordedIn(args.oldInputs, keys));
        },
        { onDryRun: true },
    );
    const route = new pulumi.ResourceHook(
        `${name}-route-guard`,
        async (args) => {
            change = await guard.checkWithCapacity(pulumi.runtime.isDryRun(), recordedIn(args.oldInputs, keys));
            deletionGuard.expectRoute(wanted);
        },
        { onDryRun: true },
    );
    const told =
        journal === undefined
            ? undefined
            : new pulumi.ResourceHook(`${name}-route-journal`, async () => {
                  if (change !== undefined) {
                      await journal(change);
                  }
              });
    return { gate, route, journal: told };
}

/** The record in a resource's old inputs, when they carry one. */
function recordedIn(inputs: unknown, keys: LabelKeys): RolloutRecord | undefined {
    const metadata = typeof inputs === "object" && inputs !== null && "metadata" in inputs ? inputs.metadata : undefined;
    const annotations = typeof metadata === "object" && metadata !== null && "annotations" in metadata ? metadata.annotations : undefined;
    return typeof annotations === "object" && annotations !== null ? decodeRecord({ ...annotations }, keys) : undefined;
}
