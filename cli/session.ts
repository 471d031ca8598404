import { hostname, userInfo } from "node:os";

import { type ApprovalStore, approvalStore } from "../adapters/approval-store.ts";
import { type ClusterState, clusterState } from "../adapters/cluster-state.ts";
import { configMaps } from "../adapters/config-maps.ts";
import { authenticatedIdentity } from "../adapters/identity.ts";
import { type ClusterReader, type StepReader, clusterReader } from "../adapters/kubernetes.ts";
import { ledgerFile, ledgerFilePath } from "../adapters/ledger-file.ts";
import { type LedgerStore, ledgerStore } from "../adapters/ledger-store.ts";
import { type SignatureStore, signatureStore } from "../adapters/signature-store.ts";
import { type RouteWriter, routeWriter } from "../adapters/route-writer.ts";
import type { Actor } from "../rollout/criterion.ts";
import { revisionObjectName } from "../rollout/revision.ts";
import { type Schedule, scheduleFor } from "../rollout/schedule.ts";
import { StackFile } from "./stack-file.ts";
import { type RolloutTarget, readTarget, targetOf } from "./target.ts";

/** How people say which rollout a command is about. */
export interface SessionOptions {
    /** Folder with Pulumi.yaml. @default the working directory */
    readonly cwd?: string;
    /** Name of the stack. @default the environment variable PULUMI_STACK */
    readonly stack?: string;
    /** File that the program wrote for the watchdog, in place of a stack. */
    readonly target?: string;
    /** Context of the kubeconfig to act as, in place of the stack's: another identity on the same cluster. */
    readonly context?: string;
    /** User to act as, in the API server's words: needs the right to impersonate it. */
    readonly as?: string;
}

/** A rollout with everything that reads and changes it. */
export interface Session {
    readonly target: RolloutTarget;
    /** The stack behind it. Left out in the watchdog's pod, which has no engine. */
    readonly stack?: { readonly name: string; readonly folder: string; readonly file: StackFile };
    readonly schedule: Schedule;
    readonly cluster: ClusterReader & StepReader;
    readonly state: ClusterState;
    readonly route: RouteWriter;
    readonly ledger: LedgerStore;
    readonly consents: ApprovalStore;
    /** Signatures on boxes of the checklist. */
    readonly signatures: SignatureStore;
    /** Who acts. */
    readonly actor: () => Promise<Actor>;
}

/** A command line that can't be understood. It ends with the code for usage. */
export class UsageError extends Error {}

/**
 * Opens the rollout that the options name. Nothing is asked of the cluster yet.
 *
 * @throws {UsageError} where no stack is named.
 * @throws {Error} where the stack's file can't be read, with every problem of its config.
 */
export function openSession({ cwd = process.cwd(), stack = process.env.PULUMI_STACK, target: targetFile, context, as }: SessionOptions): Session {
    if (targetFile !== undefined) {
        return sessionOn(withContext(readTarget(targetFile), context), as);
    }
    if (stack === undefined || stack === "") {
        throw new UsageError("which stack? Name it with --stack, or in PULUMI_STACK");
    }
    const file = new StackFile(cwd, stack);
    return sessionOn(withContext(targetOf(file.config(process.env)), context), as, { name: stack, folder: cwd, file });
}

function sessionOn(target: RolloutTarget, asUser: string | undefined, stack?: Session["stack"]): Session {
    const { namespace, service, kubeContext } = target;
    const access = { ...(kubeContext === undefined ? {} : { kubeContext }), ...(asUser === undefined ? {} : { asUser }) };
    const named = { ...access, servicePrefix: revisionObjectName(service, "") };
    const maps = configMaps({ ...access, namespace });
    return {
        target,
        ...(stack === undefined ? {} : { stack }),
        schedule: scheduleFor(target),
        cluster: clusterReader(named),
        state: clusterState({ ...access, namespace, service }),
        route: routeWriter(named),
        ledger: ledgerStore({ maps, service, ...(stack === undefined ? {} : { copy: ledgerFile(ledgerFilePath(stack.folder, stack.name)) }) }),
        consents: approvalStore({ maps, service }),
        signatures: signatureStore({ maps, service }),
        actor: async () => {
            const { identity, verified } = await authenticatedIdentity(access, process.env.NOVA_IDENTITY ?? `${userInfo().username}@${hostname()}`);
            return { identity, verified };
        },
    };
}

function withContext(target: RolloutTarget, context: string | undefined): RolloutTarget {
    return context === undefined ? target : { ...target, kubeContext: context };
}
