/**
 * What an error says. An address that is tried as IPv4 and as IPv6 fails with a list of errors and no words of its own: then what each of them says.
 *
 * @returns The message alone: {@link wordsWithCauses} adds what caused it.
 */
export function wordsOf(error: unknown): string {
    if (error instanceof AggregateError && error.errors.length > 0) {
        return [...new Set(error.errors.map(wordsOf))].join(", ");
    }
    return error instanceof Error ? error.message : String(error);
}

/** What an error says, with its causes in brackets: a client library's own words ('fetch failed') seldom name the reason. */
export function wordsWithCauses(error: unknown): string {
    return `${wordsOf(error)}${error instanceof Error && error.cause instanceof Error ? ` (${wordsWithCauses(error.cause)})` : ""}`;
}
