import type { Command } from "commander";

import { announcerOf } from "../../announce/live/announcing.ts";
import { defined } from "../../defined.ts";
import { assess } from "../assessing.ts";
import { exitCode } from "../exit-code.ts";
import { UsageError } from "../session.ts";
import { shownUpdate } from "../shown-update.ts";
import { type CommonOptions, type Opening, opened, subcommand } from "./command.ts";

/** `rollout finish`: the candidate at 100 % becomes the stable revision. No pod is replaced. */
export function addFinish(program: Command, open: Opening = opened): void {
    subcommand(program, "finish", "make the candidate, at 100 %, the stable revision; no pod is replaced").action(async (flags: CommonOptions) => {
        const { session, output, engine } = await open(flags);
        const { stack } = session;
        if (stack === undefined) {
            throw new UsageError("finishing needs the stack: name it with --stack");
        }
        const outcome = await output.during("judging the last step", assess(session));
        if (outcome.kind !== "assessed" || outcome.move.to !== "finished" || outcome.obstacles.length > 0) {
            const why =
                outcome.kind !== "assessed"
                    ? outcome.why
                    : outcome.move.to !== "finished"
                      ? `the candidate is at ${String(outcome.move.from)} %: it is finished from 100 %`
                      : outcome.obstacles.map(({ id, problem, fix }) => `\n  - ${id}: ${problem}\n    ${fix}`).join("");
            output.result(`not finished: ${why}`, { kind: "held", why });
            process.exitCode = exitCode.hold;
            return;
        }
        const before = stack.file.text();
        stack.file.promoteCandidate();
        output.progress("stable is now what the candidate was: pulumi up");
        const result = await shownUpdate(output, engine, { folder: stack.folder, stack: stack.name, message: `${session.target.service}: finish` });
        if (result.kind === "refused") {
            stack.file.restore(before);
        }
        if (result.kind === "updated") {
            const { move, judgement } = outcome;
            const subject = { stable: move.stable, candidate: move.candidate, weightPercent: 100, ...defined({ judgement }) } as const;
            void announcerOf(session, output.warn.bind(output)).announce(subject, { kind: "success" });
        }
        output.result(
            result.kind === "updated"
                ? `finished: ${outcome.move.candidate.name} is the stable revision. Commit the stack's file.`
                : `not finished: ${result.reason}`,
            result,
        );
        process.exitCode = result.kind === "updated" ? exitCode.done : result.kind === "refused" ? exitCode.hold : exitCode.error;
    });
}
