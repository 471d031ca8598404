import { readFile, writeFile } from "node:fs/promises";

import type { Command } from "commander";

import { blocking } from "../../checklist/state.ts";
import { defined } from "../../defined.ts";
import { type AssessOutcome, assess } from "../assessing.ts";
import { evaluatedChecklist } from "../checklist-evaluation.ts";
import { readPreview } from "../comment/preview.ts";
import { type CommentContent, commentText, failedCommentText } from "../comment/text.ts";
import { exitCode } from "../exit-code.ts";
import { type Session, UsageError } from "../session.ts";
import { type CommonOptions, type Opened, type Opening, opened, subcommand } from "./command.ts";
import { labelKeysOf } from "../../route/label-keys.ts";
import { wordsOf } from "../../words.ts";

interface CommentFlags extends CommonOptions {
    readonly preview: string;
    readonly out?: string;
    readonly forecast: boolean;
    readonly secretless?: true;
}

/** `rollout comment`: what a pull request would change, as one comment that is changed in place. */
export function addComment(program: Command, open: Opening = opened): void {
    subcommand(program, "comment", "what a pull request changes, as Markdown for one comment: weights, pods, config, gate forecast, resources")
        .requiredOption("--preview <file>", "output of 'pulumi preview --json'")
        .option("--out <file>", "write it to a file in place of standard output")
        .option("--secretless", "the preview is of 'rollout preview': say so")
        .option("--no-forecast", "don't look at the live system")
        .action(async (flags: CommentFlags) => {
            const { session, output } = await openedFor(flags, open);
            const { stack, target } = session;
            if (stack === undefined) {
                throw new UsageError("a comment is about a stack: name it with --stack");
            }
            const config = stack.file.config(process.env);
            const preview = readPreview(await readFile(flags.preview, "utf8").catch(() => ""));
            const forecast = flags.forecast ? await assess(session) : undefined;
            const openBoxes = forecast === undefined ? undefined : await openBoxesOf(session, forecast);
            const text = commentText({
                stack: stack.name,
                service: target.service,
                keys: labelKeysOf(target.profile),
                preview,
                stable: config.stable,
                ...defined({ candidate: config.candidate, forecast, openBoxes, secretless: flags.secretless }),
            });
            if (flags.out === undefined) {
                output.result(text, { text });
            } else {
                await writeFile(flags.out, `${text}\n`);
                output.result(`written to ${flags.out}`, { file: flags.out });
            }
            if (preview.kind === "unreadable") {
                output.warn(preview.why);
                process.exitCode = exitCode.error;
            }
        });
}

/** Opens the session. Where that fails, as with a config that is wrong, the file gets a comment that says so: an earlier one must not be taken for this change's. */
async function openedFor(flags: CommentFlags, open: Opening): Promise<Opened> {
    try {
        return await open(flags);
    } catch (error) {
        if (flags.out !== undefined) {
            await writeFile(flags.out, `${failedCommentText(flags.stack ?? process.env.PULUMI_STACK ?? "", wordsOf(error))}\n`);
        }
        throw error;
    }
}

/** Boxes that are in the way of the next step, one line each. Undefined where it can't be said. */
async function openBoxesOf(session: Session, forecast: AssessOutcome): Promise<CommentContent["openBoxes"]> {
    if (session.target.profile.checklist === undefined) {
        return "no-checklist";
    }
    try {
        const { states, next } = await evaluatedChecklist(session, forecast);
        return next === undefined ? [] : blocking(states, next).map(({ box, text }) => `${box.id}: ${box.text}: ${text}`);
    } catch {
        // What is wrong with the route or the ledger is in the forecast already.
        return undefined;
    }
}
