/** The same question, asked at the first call; every call gets its answer. */
export function readOnce<T>(read: () => Promise<T>): () => Promise<T> {
    let answer: Promise<T> | undefined;
    return () => (answer ??= read());
}
