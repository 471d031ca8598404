import { type Command, Option } from "commander";

import { update } from "../engine.ts";
import { Output } from "../output.ts";
import { type Session, type SessionOptions, openSession } from "../session.ts";

/** Options that every command has. */
export interface CommonOptions extends SessionOptions {
    readonly json?: true;
}

/** Adds a command with the options that every command has. */
export function subcommand(program: Command, name: string, description: string): Command {
    return program
        .command(name)
        .description(description)
        .option("-s, --stack <name>", "stack, as in Pulumi.<name>.yaml; default: PULUMI_STACK")
        .option("--cwd <folder>", "folder with Pulumi.yaml; default: the working directory")
        .addOption(new Option("--target <file>", "rollout target as JSON, in place of a stack: for the watchdog").conflicts("stack"))
        .option("--context <name>", "context of the kubeconfig to act as, in place of the stack's")
        .option("--as <user>", "user of the API server to act as, like kubectl's --as")
        .option("--json", "print JSON in place of text");
}

/** What a command works with. */
export interface Opened {
    readonly session: Session;
    readonly output: Output;
    /** Runs `pulumi up`. */
    readonly engine: typeof update;
}

/** Opens what a command's options name: a test gives a command something else to work with. */
export type Opening = (options: CommonOptions) => Promise<Opened>;

/** The rollout and the output that a command's options name. @throws {UsageError} where they name none. */
export const opened: Opening = async (options) => ({ session: await openSession(options), output: new Output(options.json === true), engine: update });

/** Says what is wrong with the stack's config, for a command that goes on all the same: `It is not in the way of a rollback.` */
export function warnOfConfig(
    { unheeded }: Pick<Session, "unheeded">,
    output: Output,
    remark = "It is not in the way of this command, which only reads.",
): void {
    if (unheeded !== undefined) {
        output.warn(`${unheeded.message}\n${remark}`);
    }
}
