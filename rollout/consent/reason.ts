import { suspectedSecrets } from "../ledger/redaction.ts";

/** Characters that a reason has at the least: enough for a few words, so that `ok` and `-` are none. */
export const shortestReason = 15;

/** Different words that a reason has at the least. */
const fewestWords = 3;

/**
 * Why `reason` says nothing, as a clause; undefined when it may say something. It needs a few different words: blanks, one word again and again, or signs that nobody sees are none. No program
 * can tell whether the words are true.
 *
 * The reason of a rollback is free: nothing holds one.
 */
export function whyNoReason(reason: string): string | undefined {
    const seen = reason.replaceAll(/[\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}]+/gu, " ").trim();
    if (seen.length < shortestReason) {
        return `has fewer than ${String(shortestReason)} characters`;
    }
    const words = [...new Intl.Segmenter("en", { granularity: "word" }).segment(seen)].map(({ segment }) => segment.normalize("NFKC").toLowerCase());
    // In scripts without capitals, such as Chinese, one sign is a word.
    const different = new Set(words.filter((word) => /\p{L}.*\p{L}|\p{Lo}/u.test(word)));
    if (different.size < fewestWords) {
        return `has fewer than ${String(fewestWords)} different words`;
    }
    const [secret] = suspectedSecrets(reason);
    return secret === undefined ? undefined : `holds what looks like ${secret.looksLike}`;
}
