import { createHash } from "node:crypto";

import type { NotifierName } from "../../../ledger/ledger-record.ts";
import type { Message } from "../../message.ts";

/** What came of one try. No reason holds a secret. */
export type Attempt =
    | { readonly kind: "delivered" }
    /** The message holds nothing for this notifier, as a step holds nothing for a public status page. */
    | { readonly kind: "not-for-it" }
    /** It may work later. `retryAfterMs`: not sooner than that, says the receiver. */
    | { readonly kind: "failed"; readonly reason: string; readonly retryAfterMs?: number }
    /** Another try would end the same. */
    | { readonly kind: "refused"; readonly reason: string }
    /** It can't even be tried: an address or a key is not there. */
    | { readonly kind: "unusable"; readonly reason: string };

/** One way to tell people something. */
export interface Notifier {
    readonly name: NotifierName;
    /** Tries once. Never throws, and ends soon after `signal` is aborted. */
    send(message: Message, signal: AbortSignal): Promise<Attempt>;
}

/** A name for the message: 32 hex digits, the same for each try and each notifier. Receivers know a second copy by it. */
export function messageId({ kind, rollout, at, title }: Message): string {
    return createHash("sha256")
        .update(JSON.stringify([kind, rollout, at, title]))
        .digest("hex")
        .slice(0, 32);
}
