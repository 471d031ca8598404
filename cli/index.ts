#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import pc from "picocolors";

import { ConfigError } from "../config.ts";
import { addAdvance } from "./commands/advance.ts";
import { addApprove } from "./commands/approve.ts";
import { addFinish } from "./commands/finish.ts";
import { addLedger } from "./commands/ledger.ts";
import { addNotify } from "./commands/notify.ts";
import { addOverride } from "./commands/override.ts";
import { addPreflight } from "./commands/preflight.ts";
import { addRetry } from "./commands/retry.ts";
import { addRollback } from "./commands/rollback.ts";
import { addStatus } from "./commands/status.ts";
import { addWatch } from "./commands/watch.ts";
import { exitCode } from "./exit-code.ts";
import { UsageError } from "./session.ts";

const program = new Command("rollout")
    .description("Watch, gate, step and take back a rollout. Exit codes: 0 done or pass, 1 error, 2 bad usage, 3 hold, 4 rolled back.")
    .showHelpAfterError()
    .exitOverride();

addPreflight(program);
addStatus(program);
addWatch(program);
addAdvance(program);
addRollback(program);
addApprove(program);
addOverride(program);
addRetry(program);
addFinish(program);
addLedger(program);
addNotify(program);

try {
    await program.parseAsync();
} catch (error) {
    if (error instanceof CommanderError) {
        process.exitCode = error.exitCode === 0 ? exitCode.done : exitCode.usage;
    } else {
        console.error(pc.red(error instanceof Error ? error.message : String(error)));
        process.exitCode = error instanceof UsageError || error instanceof ConfigError ? exitCode.usage : exitCode.error;
    }
}
