/** Status of each answer that failed. */
const statuses = {
    broken: 500,
    "no-connection": 500,
    unavailable: 503,
    timeout: 504,
    "bad-request": 400,
    unauthorized: 401,
    forbidden: 403,
    "not-found": 404,
} as const;

/**
 * Why a pod gives no good answer: its code broke, the database gave no connection, it says that it can't serve now, a dependency took too long; or it blames the request, which is
 * as good as any.
 */
export type Failure = keyof typeof statuses;

/** Status of an answer that failed. */
export function failureStatus(failure: Failure): (typeof statuses)[Failure] {
    return statuses[failure];
}

/** How an answer reaches the client: whole; never; or the connection is reset before the headers, or amid the body. */
export type Delivery = "whole" | "hangs" | "reset" | "reset-late";
