import { hostname, userInfo } from "node:os";

import type { Actor } from "../rollout/criterion.ts";
import { revisionObjectName } from "../rollout/revision.ts";
import { type ApprovalStore, approvalStore } from "./approval-store.ts";
import { type ClusterState, clusterState } from "./cluster-state.ts";
import { configMaps } from "./config-maps.ts";
import { authenticatedIdentity } from "./identity.ts";
import { type ApiServer, type ClusterReader, type StepReader, clusterReader } from "./kubernetes.ts";
import { ledgerFile, ledgerFilePath } from "./ledger-file.ts";
import { type LedgerStore, ledgerStore } from "./ledger-store.ts";
import { type RouteWriter, routeWriter } from "./route-writer.ts";
import { type SignatureStore, signatureStore } from "./signature-store.ts";

/** Everything that reads and changes one rollout in its cluster, over one connection. */
export interface LiveRollout {
    readonly api: ApiServer;
    readonly cluster: ClusterReader & StepReader;
    readonly state: ClusterState;
    readonly route: RouteWriter;
    readonly ledger: LedgerStore;
    readonly consents: ApprovalStore;
    /** Signatures on boxes of the checklist. */
    readonly signatures: SignatureStore;
    /** Who acts. Never throws. */
    readonly actor: () => Promise<Actor>;
}

export interface LiveRolloutArgs {
    readonly api: ApiServer;
    readonly namespace: string;
    /** Name of the service, and of its HTTPRoute. */
    readonly service: string;
    /** The stack whose folder gets a copy of the ledger. Left out: the cluster alone has it. */
    readonly stack?: { readonly name: string; readonly folder: string };
}

/** Opens the rollout of a service. Nothing is asked of the cluster yet. */
export function liveRollout({ api, namespace, service, stack }: LiveRolloutArgs): LiveRollout {
    const named = { api, servicePrefix: revisionObjectName(service, "") };
    const maps = configMaps({ api, namespace });
    return {
        api,
        cluster: clusterReader(named),
        state: clusterState({ api, namespace, service }),
        route: routeWriter(named),
        ledger: ledgerStore({ maps, service, ...(stack === undefined ? {} : { copy: ledgerFile(ledgerFilePath(stack.folder, stack.name)) }) }),
        consents: approvalStore({ maps, service }),
        signatures: signatureStore({ maps, service }),
        actor: async () => {
            const { identity, verified } = await authenticatedIdentity(api, process.env.NOVA_IDENTITY ?? `${userInfo().username}@${hostname()}`);
            return { identity, verified };
        },
    };
}
