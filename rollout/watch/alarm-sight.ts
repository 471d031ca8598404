/** What the alarm reads at the moment. Being blind is an answer of its own: an alarm that reads nothing can't be raised. */
export type AlarmSight =
    | {
          readonly kind: "sees";
          /** Ready pods whose counts flow. */
          readonly pods: number;
          /** Ready pods. */
          readonly of: number;
          /** Whether the counts of all of the gateway's instances flow. */
          readonly gateway: boolean;
          /** Why it doesn't see everything. Absent when it does. */
          readonly unseen?: string;
      }
    /** It reads nothing, neither a pod nor the gateway, since `sinceSeconds` ago. */
    | { readonly kind: "blind"; readonly sinceSeconds: number; readonly reason: string };

/**
 * How long an alarm may read nothing before that counts as blind, in seconds: a new alarm needs two readings of a pod, and its pods are looked up once a
 * second.
 */
const startingSeconds = 10;

/** Whether the alarm has read nothing for longer than it needs to start. */
export function isBlind(sight: AlarmSight | undefined): boolean {
    return sight?.kind === "blind" && sight.sinceSeconds >= startingSeconds;
}
