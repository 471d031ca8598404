import type { Command } from "commander";

import { rightsManifest } from "../../doctor/rights-manifest.ts";
import { clusterNeedsOf } from "../cluster-needs.ts";
import { type CommonOptions, type Opening, opened, subcommand } from "./command.ts";

interface RightsFlags extends CommonOptions {
    readonly user: string;
}

/** `rollout rights`: the manifest that gives a user what a deployer of the stack needs, and no more. Asks no cluster. */
export function addRights(program: Command, open: Opening = opened): void {
    subcommand(program, "rights", "print the manifest with the rights of the stack's deployer, for an administrator to apply")
        .requiredOption("--user <name>", "the deployer, as the API server names it: system:serviceaccount:ci:deployer")
        .action(async ({ user, ...flags }: RightsFlags) => {
            const { session, output } = await open(flags);
            const { namespace, service } = session.target;
            const objects = rightsManifest({ needs: await clusterNeedsOf(session), namespace, service, user });
            const { stringify } = await import("yaml");
            output.result(objects.map((object) => stringify(object, { lineWidth: 0 })).join("---\n"), { apiVersion: "v1", kind: "List", items: objects });
        });
}
