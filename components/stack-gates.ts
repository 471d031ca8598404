import * as pulumi from "@pulumi/pulumi";
import { hostname, userInfo } from "node:os";

import { type ApprovalStore, approvalStore } from "../adapters/approval-store.ts";
import { clusterState } from "../adapters/cluster-state.ts";
import { commitOf } from "../adapters/commit.ts";
import { type ConfigMaps, configMaps } from "../adapters/config-maps.ts";
import { authenticatedIdentity } from "../adapters/identity.ts";
import type { StepReader } from "../adapters/kubernetes.ts";
import { reasonOf } from "../adapters/kubernetes/api-server.ts";
import { ledgerFile, ledgerFilePath } from "../adapters/ledger-file.ts";
import { type LedgerStore, ledgerStore } from "../adapters/ledger-store.ts";
import { stackPrometheus } from "../adapters/stack-prometheus.ts";
import { signatureStore } from "../adapters/signature-store.ts";
import { stackResources } from "../adapters/stack-resources.ts";
import type { StackConfig } from "../config.ts";
import { approvalPolicy } from "../rollout/approval.ts";
import { criteriaAt } from "../rollout/criteria.ts";
import { judge } from "../rollout/judge.ts";
import { scheduleFor } from "../rollout/schedule.ts";
import type { Enforcement } from "../rollout/step-demands.ts";
import { type ConsentReading, approvals } from "./conditions/approvals.ts";
import { checklistHolds } from "./conditions/checklist.ts";
import { gate } from "./conditions/gate.ts";
import { liveEvidence } from "./conditions/live-evidence.ts";
import { soak } from "./conditions/soak.ts";
import { StepConditions, orderOnly } from "./conditions/step-conditions.ts";
import type { StepCondition } from "./rollout-change.ts";
import { type RolloutJournal, type RolloutJournalArgs, rolloutJournal } from "./rollout-journal.ts";

/** What a rollout is given besides its revisions. */
export interface StackGates {
    readonly conditions: readonly StepCondition[];
    /** What the conditions ask, for others to see. */
    readonly enforcement: Enforcement;
    readonly journal: RolloutJournal;
}

/** The conditions that a stack's config asks for, on its live cluster, and the journal that writes down what they were met with. */
export function stackGates(config: StackConfig, cluster: StepReader): StackGates {
    const { namespace, serviceName: service } = config;
    const access = { kubeContext: config.cluster.kubeContext };
    const maps = configMaps({ ...access, namespace });
    const folder = process.cwd();
    const ledger = ledgerStore({ maps, service, copy: ledgerFile(ledgerFilePath(folder, pulumi.getStack())) });
    const { conditions, enforcement, ...told } = conditionsOf(config, cluster, { approvals: approvalStore({ maps, service }), maps, ledger, folder });
    const journal = rolloutJournal({
        ledger,
        actor: async () => {
            const { identity, verified } = await authenticatedIdentity(access, process.env.NOVA_IDENTITY ?? `${userInfo().username}@${hostname()}`);
            return { identity, verified };
        },
        commit: () => commitOf(folder),
        ...told,
    });
    return { conditions, enforcement, journal };
}

/** What is written down about a rollout, and where its program is. */
interface Written {
    readonly approvals: ApprovalStore;
    readonly maps: ConfigMaps;
    readonly ledger: LedgerStore;
    readonly folder: string;
}

function conditionsOf(
    config: StackConfig,
    cluster: StepReader,
    written: Written,
): Pick<StackGates, "conditions" | "enforcement"> & Pick<RolloutJournalArgs, "groundsOf" | "remark"> {
    const { gates, metrics, namespace, serviceName: service, timeScale } = config;
    if (gates.kind === "order-only" || metrics === undefined) {
        const reason = gates.kind === "order-only" ? gates.reason : "the stack has no metrics";
        return {
            conditions: [orderOnly(reason)],
            enforcement: { kind: "order-only" },
            groundsOf: async () => Promise.resolve(undefined),
            remark: `No soak, gate or approval was asked for: ${reason}`,
        };
    }
    const schedule = scheduleFor(config);
    const policy = approvalPolicy(config.approvals, schedule.limits, process.env.NOVA_CHANGE_AUTHOR);
    const pods = clusterState({ kubeContext: config.cluster.kubeContext, namespace, service });
    const readConsents = readOnce(written.approvals);
    const steps = new StepConditions({
        conditions: [
            soak(schedule),
            gate({
                criteriaAt,
                collect: liveEvidence({ namespace, service, hostname: config.gateway.hostname, metrics, pods }),
                judge: (criteria, evidence) => judge(criteria, evidence, { scrapeIntervalSeconds: metrics.scrapeIntervalSeconds, timeScale }),
            }),
            approvals(readConsents, policy),
            checklistHolds({
                enforced: config.checklist,
                sources: {
                    environment: config.environment,
                    schedule,
                    policy,
                    signatureDays: config.checklist.signatureDays,
                    ledger: () => written.ledger.read(),
                    signatures: () => signatureStore({ maps: written.maps, service }).read(),
                    consents: readConsents,
                    resources: () => stackResources({ folder: written.folder, stack: pulumi.getStack() }),
                    alerts: () => stackPrometheus(metrics).rules(),
                },
            }),
        ],
        readStep: () => cluster.readStep(namespace, service),
        readConsents,
        policy,
    });
    return { conditions: [steps.condition], enforcement: { kind: "full", schedule }, groundsOf: (move) => steps.groundsOf(move) };
}

/** Reads approvals and overrides once: all that is decided in one run is decided on the same ones. */
function readOnce(consents: ApprovalStore): () => Promise<ConsentReading> {
    let reading: Promise<ConsentReading> | undefined;
    return () => {
        reading ??= consents.read().then(
            (read) => ({ kind: "read", consents: read }),
            (error: unknown) => ({ kind: "unreadable", reason: reasonOf(error) }),
        );
        return reading;
    };
}
