import { createHmac, timingSafeEqual } from "node:crypto";

/** Headers of a signed request. docs/communication.md tells receivers what to do with them. */
export const signatureHeaders = { id: "rollout-id", timestamp: "rollout-timestamp", signature: "rollout-signature" } as const;

/** `v1=<64 hex>`: HMAC-SHA256 with `secret` over `<timestamp>.<body>`. @param timestamp seconds since 1970, as text. */
export function signatureOf(secret: string, timestamp: string, body: string): string {
    return `v1=${createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex")}`;
}

/** A request as a receiver has it. */
export interface SignedRequest {
    readonly timestamp: string;
    readonly signature: string;
    /** As it came, before anything parsed it. */
    readonly body: string;
}

/**
 * Why a receiver must not believe a request, or undefined when it may: the signature fits, and the request is not a replay.
 *
 * @param toleranceSeconds how old a request may be, and how far ahead the sender's clock. Default: 300.
 */
export function distrust({ timestamp, signature, body }: SignedRequest, secret: string, nowSeconds: number, toleranceSeconds = 300): string | undefined {
    const expected = Buffer.from(signatureOf(secret, timestamp, body));
    const given = Buffer.from(signature);
    if (expected.length !== given.length || !timingSafeEqual(expected, given)) {
        return "the signature does not fit";
    }
    const ageSeconds = nowSeconds - Number(timestamp);
    return Math.abs(ageSeconds) <= toleranceSeconds ? undefined : "the request is too old, or of a time to come";
}
