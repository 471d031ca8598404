import type { Command } from "commander";
import pc from "picocolors";

import type { LedgerHead, LedgerRecord } from "../../ledger/ledger-record.ts";
import { exitCode } from "../exit-code.ts";
import { UsageError } from "../session.ts";
import { plainTable, textOf } from "../show.ts";
import { type CommonOptions, type Opening, opened, subcommand, warnOfConfig } from "./command.ts";

interface VerifyFlags extends CommonOptions {
    readonly head?: string;
}

/** `rollout ledger`: what happened, and whether the record of it is whole. */
export function addLedger(program: Command, open: Opening = opened): void {
    const ledger = program.command("ledger").description("what happened, and whether the record of it is whole");
    subcommand(ledger, "show", "every record, oldest first").action(async (flags: CommonOptions) => {
        const { session, output } = await open({ ...flags, anyConfig: true });
        warnOfConfig(session, output);
        const { records, uncounted, intact, findings } = await output.during("reading the ledger", session.ledger.read());
        const table = plainTable();
        const without = new Set(uncounted.map(({ sequence }) => sequence));
        records.forEach((record) => table.push(row(record, without.has(record.sequence))));
        output.result(`${textOf(table)}${intact ? "" : `\n${pc.red("the ledger is not whole: rollout ledger verify")}`}`, {
            intact,
            findings,
            uncounted,
            records,
        });
        process.exitCode = intact ? exitCode.done : exitCode.error;
    });
    subcommand(ledger, "verify", "check every record, its place in the chain, and the local copy")
        .option("--head <sequence@hash>", "newest record as noted elsewhere: shows a tail that was cut off")
        .action(async (flags: VerifyFlags) => {
            const { session, output } = await open({ ...flags, anyConfig: true });
            warnOfConfig(session, output);
            const verification = await output.during("reading the ledger", session.ledger.read(flags.head === undefined ? undefined : headOf(flags.head)));
            const { intact, findings, records, uncounted, head } = verification;
            const newest = head === undefined ? "" : `, newest ${String(head.sequence)}@${head.hash}`;
            const text = intact
                ? `${pc.green("whole")}: ${String(records.length)} records${newest}`
                : [
                      pc.red(`not whole: ${String(findings.length)} findings`),
                      ...findings.map((finding) => `  ${String(finding.sequence)} ${finding.kind}: ${finding.text}`),
                  ].join("\n");
            const remarks = uncounted.map(({ sequence, reason }) => `\n  ${String(sequence)} counts for nothing: ${reason}`);
            output.result(`${text}${remarks.join("")}`, { intact, findings, uncounted, records: records.length, head });
            process.exitCode = intact ? exitCode.done : exitCode.error;
        });
}

function row({ sequence, at, kind, rollout, actor, text }: LedgerRecord, uncounted: boolean): string[] {
    const { candidate, from, to } = rollout;
    return [
        String(sequence),
        at,
        uncounted ? `${kind} (counts for nothing)` : kind,
        `${candidate?.name ?? rollout.stable.name} ${String(from)} -> ${String(to)}`,
        `${actor.identity}${actor.verified ? "" : " (unverified)"}`,
        text.split("\n")[0] ?? "",
    ];
}

function headOf(text: string): LedgerHead {
    const [, sequence, hash] = /^(\d{1,9})@(sha256:[0-9a-f]{64})$/.exec(text) ?? [];
    if (sequence === undefined || hash === undefined) {
        throw new UsageError(`--head ${text} is no record: write <sequence>@sha256:<64 hex>, as 'rollout ledger verify' prints it`);
    }
    return { sequence: Number(sequence), hash };
}
