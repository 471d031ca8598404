import type { ApprovalStore } from "../../consent/live/approval-store.ts";
import type { PodReader } from "../live/evidence.ts";
import type { StepReader } from "../../kubernetes/cluster-reader.ts";
import type { LedgerStore } from "../../ledger/live/store.ts";
import type { SignatureStore } from "../../consent/live/signature-store.ts";
import type { TesterAccess } from "../../route/live/tester-access.ts";
import type { PolicyJudge } from "../../checklist/live/stack-resources.ts";
import type { ForgeConfig } from "../../settings/forge.ts";
import type { ServiceProfile } from "../../profile/profile.ts";
import type { RolloutSettings } from "../../settings/settings.ts";

/** As much of a stack's config as decides what its steps are judged by. */
export interface JudgedTarget extends Pick<RolloutSettings, "environment" | "namespace" | "gates" | "timeScale" | "approvals"> {
    /** How the service is rolled out. */
    readonly profile: ServiceProfile;
    /** Name of the service, and of its HTTPRoute. */
    readonly service: string;
    /** Host name that users call. */
    readonly hostname: string;
    /** How probes reach the candidate. */
    readonly gateway: Pick<RolloutSettings["gateway"], "testers">;
    /** If omitted, nothing can be seen, so no gate passes. */
    readonly metrics?: RolloutSettings["metrics"];
    /** @default enforced */
    readonly checklist?: RolloutSettings["checklist"];
}

/** A rollout, as far as its steps are judged: what is read of it, and nothing that writes. */
export interface JudgedRollout {
    readonly target: JudgedTarget;
    readonly cluster: StepReader;
    readonly state: PodReader;
    /** How probes reach the candidate. */
    readonly testers: TesterAccess;
    readonly consents: Pick<ApprovalStore, "read">;
    readonly ledger: Pick<LedgerStore, "read">;
    readonly signatures: Pick<SignatureStore, "read">;
    /** The stack behind it. Absent in the watchdog's pod: boxes of the checklist that ask for a resource are open then. */
    readonly stack?: {
        readonly name: string;
        readonly folder: string;
        readonly judgePolicies?: PolicyJudge;
        /** Says who made the change. If omitted, the pipeline does. */
        readonly forge?: ForgeConfig;
    };
}
