import type { Command } from "commander";

import { wordsOf } from "../../words.ts";
import { type StackState, stackState } from "../engine-state.ts";
import { exitCode } from "../exit-code.ts";
import { Output } from "../output.ts";
import { UsageError } from "../session.ts";
import { type PendingCreate, pendingOperations, repairState } from "../state-repair.ts";
import { type CommonOptions, subcommand } from "./command.ts";

/** `rollout repair`: takes into the state what a killed update may have created, so that the next one goes on from there. It reads no config and changes no live object. */
export function addRepair(program: Command, open: (folder: string, stack: string) => Promise<StackState> = stackState): void {
    subcommand(program, "repair", "after an update that was killed: take what it had begun to create into the program's state, as far as it is there").action(
        async ({ stack = process.env.PULUMI_STACK, cwd = process.cwd(), target, json }: CommonOptions) => {
            if (target !== undefined || stack === undefined || stack === "") {
                throw new UsageError("which stack? Name it with --stack, or in PULUMI_STACK");
            }
            const output = new Output(json === true);
            const engine = await open(cwd, stack);
            const exported = await engine.read();
            const pending = pendingOperations(exported);
            if (pending.length === 0) {
                output.result("nothing to repair: the state has no operation that was broken off", { kind: "nothing" });
                return;
            }
            const { state, creates } = repairState(exported);
            creates.forEach((create) => {
                output.progress(shownCreate(create));
            });
            await engine.write(state);
            const lookedUp = [...new Set(pending.map(({ urn }) => urn))].filter((urn) => state.deployment.resources.some((resource) => resource.urn === urn));
            if (lookedUp.length > 0) {
                output.progress(`asking what is there of ${String(lookedUp.length)} objects`);
                try {
                    await output.during("pulumi refresh", engine.refresh(lookedUp));
                } catch (error) {
                    const again = `pulumi refresh --stack ${stack} ${lookedUp.map((urn) => `--target '${urn}'`).join(" ")}`;
                    output.result(
                        `NOT repaired: the state now names objects that could not be looked up: ${wordsOf(error)}\nWhat to do: before the next 'pulumi up', run\n  ${again}`,
                        { kind: "failed", creates, why: wordsOf(error), again },
                    );
                    process.exitCode = exitCode.error;
                    return;
                }
            }
            const unknown = creates.filter(({ kind }) => kind === "unknown");
            output.result(
                unknown.length === 0
                    ? "repaired. What to do next: run 'pulumi up'; it goes on from here"
                    : `repaired, but for ${String(unknown.length)}: see whether ${unknown.map(({ urn }) => urn).join(", ")} is there, and if so bring it in with 'pulumi import'. Then run 'pulumi up'`,
                { kind: "repaired", creates },
            );
            process.exitCode = unknown.length === 0 ? exitCode.done : exitCode.hold;
        },
    );
}

function shownCreate(create: PendingCreate): string {
    const { urn } = create;
    const [type, name] = [urn.split("::").at(-2)?.split("$").at(-1) ?? "", urn.split("::").at(-1) ?? ""];
    switch (create.kind) {
        case "adopt":
            return `  ${type} ${create.id}: into the state, if it is there`;
        case "leftover":
            return `  ${type} ${create.id}: left over, the next update deletes it`;
        case "again":
            return `  ${type} ${name}: the next update makes it`;
        case "unknown":
            return `  ${type} ${name}: its id does not follow from its name`;
    }
}
