import type { Message } from "../../message.ts";
import { addressIn, exchange, failureIn } from "./exchange.ts";
import { type Attempt, type Notifier, messageId } from "./notifier.ts";
import type { SecretReading } from "../../../settings/live/secret-source.ts";
import { signatureHeaders, signatureOf } from "./signature.ts";

export interface SignedWebhookArgs {
    readonly url: () => Promise<SecretReading>;
    /** Key that requests are signed with. */
    readonly secret: () => Promise<SecretReading>;
    /** Seconds since 1970. @default the clock of this machine */
    readonly nowSeconds?: () => number;
}

/** Any receiver of JSON. Each try is signed anew, with the time; the id stays, so that a second copy is known. Any status from 200 to 299 accepts it. */
export function signedWebhook({ url, secret, nowSeconds = () => Date.now() / 1_000 }: SignedWebhookArgs): Notifier {
    return {
        name: "webhook",
        send: async (message, signal): Promise<Attempt> => {
            const [address, key] = await Promise.all([url(), secret()]);
            if (address.kind === "missing" || key.kind === "missing") {
                return { kind: "unusable", reason: [address, key].flatMap((one) => (one.kind === "missing" ? [one.reason] : [])).join("; ") };
            }
            const target = addressIn(address.value);
            if (target === undefined) {
                return { kind: "unusable", reason: "its address is none that begins with https://" };
            }
            const body = webhookBody(message);
            const timestamp = String(Math.floor(nowSeconds()));
            const headers = {
                [signatureHeaders.id]: messageId(message),
                [signatureHeaders.timestamp]: timestamp,
                [signatureHeaders.signature]: signatureOf(key.value, timestamp, body),
            };
            const answer = await exchange({ url: target, headers, body, signal });
            return answer.kind === "failed" ? answer : (failureIn(answer) ?? { kind: "delivered" });
        },
    };
}

/** A message as JSON. */
export function webhookBody(message: Message): string {
    const { kind, title, text, fields, links, at, rollout } = message;
    return JSON.stringify({ id: messageId(message), kind, at, rollout, title, text, fields, links });
}
