import pRetry from "p-retry";

import type { NotifierName, UndeliveredMessage } from "../../../ledger/ledger-record.ts";
import type { Message } from "../../message.ts";
import { wordsWithCauses } from "../../../words.ts";
import type { Attempt, Notifier } from "./notifier.ts";

/** What came of a message at one notifier, after all tries. */
export type Delivery =
    /** `at`: ISO 8601, by the clock of this machine. */
    | { readonly kind: "delivered"; readonly notifier: NotifierName; readonly at: string; readonly attempts: number }
    | ({ readonly kind: "undelivered" } & UndeliveredMessage)
    | { readonly kind: "not-for-it"; readonly notifier: NotifierName };

/** How long a message is tried. */
export interface DeliveryLimits {
    /** @default 5 */
    readonly attempts: number;
    /** Of one try, in milliseconds. @default 5000 */
    readonly attemptMs: number;
    /** Of all tries and the pauses between them, in milliseconds. @default 60000 */
    readonly totalMs: number;
    /** Pause before the second try, in milliseconds; each further one is twice as long, and each is stretched at random to at most twice. @default 500 */
    readonly pauseMs: number;
}

export const deliveryLimits: DeliveryLimits = { attempts: 5, attemptMs: 5_000, totalMs: 60_000, pauseMs: 500 };

/**
 * Sends a message by one notifier, and tries again where that may help: not sooner than the receiver asks, and not longer than the limits allow. Never throws.
 */
export async function deliver(notifier: Notifier, message: Message, limits: DeliveryLimits = deliveryLimits): Promise<Delivery> {
    const { name } = notifier;
    const deadlineMs = performance.now() + limits.totalMs;
    let attempts = 0;
    try {
        return await pRetry(
            async (): Promise<Delivery> => {
                attempts += 1;
                const outcome = await attempt(notifier, message, Math.min(limits.attemptMs, deadlineMs - performance.now()));
                switch (outcome.kind) {
                    case "delivered":
                        return { kind: "delivered", notifier: name, at: new Date().toISOString(), attempts };
                    case "not-for-it":
                        return { kind: "not-for-it", notifier: name };
                    case "unusable":
                        return { kind: "undelivered", notifier: name, reason: outcome.reason, attempts: 0 };
                    case "refused":
                        return { kind: "undelivered", notifier: name, reason: outcome.reason, attempts };
                    case "failed":
                        throw new Failure(outcome.reason, outcome.retryAfterMs ?? 0);
                }
            },
            {
                retries: limits.attempts - 1,
                minTimeout: limits.pauseMs,
                factor: 2,
                randomize: true,
                shouldRetry: async ({ error, retryDelay }) => {
                    const askedMs = error instanceof Failure ? error.retryAfterMs : 0;
                    if (performance.now() + Math.max(askedMs, retryDelay) >= deadlineMs) {
                        return false;
                    }
                    await pause(askedMs - retryDelay);
                    return true;
                },
            },
        );
    } catch (error) {
        return { kind: "undelivered", notifier: name, reason: wordsWithCauses(error), attempts };
    }
}

class Failure extends Error {
    readonly retryAfterMs: number;

    constructor(reason: string, retryAfterMs: number) {
        super(reason);
        this.retryAfterMs = retryAfterMs;
    }
}

/** One try, which ends in time even where the notifier doesn't. */
async function attempt(notifier: Notifier, message: Message, timeoutMs: number): Promise<Attempt> {
    const over = new AbortController();
    const late = Promise.withResolvers<Attempt>();
    const timer = setTimeout(() => {
        over.abort();
        late.resolve({ kind: "failed", reason: "no answer in time" });
    }, timeoutMs);
    try {
        return await Promise.race([notifier.send(message, over.signal), late.promise]);
    } catch (error) {
        return { kind: "failed", reason: wordsWithCauses(error) };
    } finally {
        clearTimeout(timer);
    }
}

async function pause(milliseconds: number): Promise<void> {
    if (milliseconds > 0) {
        await new Promise((resolve) => setTimeout(resolve, milliseconds));
    }
}
