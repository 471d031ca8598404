/**
 * What a look finds, or `late` where it takes longer than `timeoutMs`: its signal is aborted then, and whatever it goes on doing is not waited for.
 *
 * @param broken what it is where the look throws.
 */
export async function answeredWithin<T extends { readonly text: string }>(
    timeoutMs: number,
    look: (signal: AbortSignal) => Promise<T>,
    late: T,
    broken: (error: unknown) => T,
): Promise<T> {
    const controller = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<T>((resolve) => {
        timer = setTimeout(() => {
            resolve(late);
            controller.abort(new Error(late.text));
        }, timeoutMs);
    });
    try {
        return await Promise.race([timeout, Promise.resolve(controller.signal).then(look)]);
    } catch (error) {
        return broken(error);
    } finally {
        clearTimeout(timer);
    }
}
