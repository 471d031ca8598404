/** How the `rollout` command ends, for scripts and pipelines. */
export const exitCode = {
    /** The gate passes, or what was asked for is done. */
    done: 0,
    /** Something failed. Nothing may be concluded about the rollout. */
    error: 1,
    /** The command line or the stack config is wrong. */
    usage: 2,
    /** The rollout holds: not now, and nothing was changed. */
    hold: 3,
    /** All traffic is back on the stable revision. */
    rolledBack: 4,
} as const;

/** One of {@link exitCode}. */
export type ExitCode = (typeof exitCode)[keyof typeof exitCode];
