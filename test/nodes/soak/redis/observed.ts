/** What a writer needs to know of the cluster. */
export interface WriterSettings {
    /** Where the Sentinels are. */
    readonly host: string;
    readonly port: number;
    /** The name to ask them for. */
    readonly primary: string;
    /** Password of the account `application`. */
    readonly password: string;
    /** PEM of the authority. Undefined: no TLS. */
    readonly authorityFile?: string;
}

/** What a writer saw since it was told to begin. */
export interface Observed {
    /** Numbers that Redis ever acknowledged, and that were not reported as lost. */
    readonly acknowledged: number;
    readonly attempts: number;
    /** Failed attempts by what the client library said. */
    readonly failures: Readonly<Record<string, number>>;
    /** The longest time that one client could not write, from the first attempt to the acknowledgement, failed attempts and waits included. */
    readonly longestMs: number;
    /** Acknowledged numbers that the primary does not have. */
    readonly lost: readonly string[];
}
