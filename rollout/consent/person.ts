/**
 * Whether a list names an identity: exactly as the API server writes it. What grants a right compares so, or an identity that only looks like a listed one would have it.
 */
export function isNamed(identities: readonly string[], identity: string): boolean {
    return identities.includes(identity);
}

/**
 * Whether two identities may be one person's: they differ in case, in blanks and signs that nobody sees, or in forms of the same letter, such as the Kelvin sign for a K. What refuses compares so;
 * identity providers don't agree on these.
 */
export function maySamePerson(left: string, right: string): boolean {
    return personOf(left) === personOf(right);
}

/** An identity without what may differ between two spellings of it. */
export function personOf(identity: string): string {
    return identity
        .normalize("NFKC")
        .toUpperCase()
        .toLowerCase()
        .normalize("NFKC")
        .replaceAll(/[\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}]/gu, "");
}
