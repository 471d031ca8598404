import { hostname, userInfo } from "node:os";

import { defined } from "../defined.ts";
import type { Actor } from "../gate/criterion.ts";
import { type VariablePrefix, variableName } from "../profile/variables.ts";
import { labelKeysOf } from "../route/label-keys.ts";
import type { LabelledRoute } from "../route/route-spec.ts";
import { type ApprovalStore, approvalStore } from "../consent/live/approval-store.ts";
import { type ClusterState, clusterState } from "./cluster-state.ts";
import { configMaps } from "./config-maps.ts";
import { authenticatedIdentity } from "./identity.ts";
import { type ApiServer, type ClusterReader, type StepReader, clusterReader } from "./cluster-reader.ts";
import { ledgerFile, ledgerFilePath } from "../ledger/live/file.ts";
import { type LedgerStore, ledgerStore } from "../ledger/live/store.ts";
import type { LedgerWriters } from "../ledger/writers.ts";
import { type RouteWriter, routeWriter } from "../route/live/writer.ts";
import { type TesterAccess, type TesterAccessOf, testerAccess } from "../route/live/tester-access.ts";
import { type SignatureStore, signatureStore } from "../consent/live/signature-store.ts";

/** Everything that reads and changes one rollout in its cluster, over one connection. */
export interface LiveRollout {
    readonly api: ApiServer;
    readonly cluster: ClusterReader & StepReader;
    readonly state: ClusterState;
    readonly route: RouteWriter;
    /** How probes reach the candidate. */
    readonly testers: TesterAccess;
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
    /** What the program writes on the route, the name of the service in it. */
    readonly design: LabelledRoute & { readonly profile: VariablePrefix } & Pick<TesterAccessOf, "gateway">;
    /** Who may write which records of the ledger. If omitted, every user's records count. */
    readonly writers?: LedgerWriters;
    /** The stack whose folder gets a copy of the ledger. If omitted, the cluster alone has it. */
    readonly stack?: { readonly name: string; readonly folder: string };
}

/** Opens the rollout of a service. Sends no request to the cluster yet. */
export function liveRollout({ api, namespace, design, writers, stack }: LiveRolloutArgs): LiveRollout {
    const { service } = design;
    const named = { api, route: design };
    const maps = configMaps({ api, namespace });
    return {
        api,
        cluster: clusterReader(named),
        state: clusterState({ api, namespace, service, keys: labelKeysOf(design.profile) }),
        route: routeWriter(named),
        testers: testerAccess({ api, namespace, ...design }),
        ledger: ledgerStore({
            maps,
            service,
            ...defined({ writers }),
            ...(stack === undefined ? {} : { copy: ledgerFile(ledgerFilePath(stack.folder, stack.name)) }),
        }),
        consents: approvalStore({ maps, service }),
        signatures: signatureStore({ maps, service }),
        actor: async () => {
            const { identity, verified } = await authenticatedIdentity(
                api,
                process.env[variableName(design.profile, "IDENTITY")] ?? `${userInfo().username}@${hostname()}`,
            );
            return { identity, verified };
        },
    };
}
