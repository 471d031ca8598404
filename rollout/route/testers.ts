import { createHash } from "node:crypto";

import { type RevisionReference, revisionObjectName } from "./revision.ts";
import { type RolledBackMarks, markOf } from "./rolled-back.ts";

/** Request header whose value, a generated secret, takes a tester to the candidate, whatever the weights say. The gateway removes it before the pod. */
export const testerKeyHeader = "x-tester-key";

/** Request header that the route alone sets: `testers` on what testers ask. The gateway removes it from every request of users. */
export const audienceHeader = "x-audience";

/** Value of {@link audienceHeader}, and of the label `audience` of the series in which a service counts what testers asked. Other series have no such label. */
export const testersAudience = "testers";

/** Key of the tester key in its Secret. */
export const testerKeyEntry = "key";

/** Name of the Secret that holds the tester key of a service. */
export function testerKeySecretName(service: string): string {
    return `${service}-tester-key`;
}

/** Name of the Service that carries testers' requests to a revision: the same pods as the users' one, counted apart by the gateway. */
export function testersServiceName(service: string, revision: string): string {
    return `${revisionObjectName(service, revision)}-testers`;
}

/** Name of the HTTPRoute of testers who have a host name of their own. */
export function testersRouteName(service: string): string {
    return `${service}-testers`;
}

/** A way in for testers alone: a host name on a Gateway, or on a listener of the users' one, that users can't reach. */
export interface TestersHost {
    readonly kind: "host";
    readonly hostname: string;
    /** Defaults to the users' Gateway. */
    readonly gateway?: { readonly name: string; readonly namespace: string };
    /** Listener of that Gateway. Defaults to each one that accepts the host name. */
    readonly listener?: string;
}

/** `sha256:<64 hex>` of a tester key. The key has 190 bits of chance, so that its digest tells nothing. */
export function testerKeyDigest(key: string): string {
    return `sha256:${createHash("sha256").update(key).digest("hex")}`;
}

/** Whether testers may reach `candidate`: not one that was rolled back, nor any while the route's marks can't be read. */
export function admitsTesters(marks: RolledBackMarks | undefined, candidate: RevisionReference): boolean {
    return marks === undefined || (marks !== "unreadable" && markOf(marks, candidate) === undefined);
}
