import type { Pod } from "../engine/subject.ts";
import { text } from "../engine/value.ts";

/** The service account that a pod names, or undefined where it runs under the default one. `serviceAccount` is the older name of the field; an empty text names none. */
export function accountOf(pod: Pod): string | undefined {
    const named = [text(pod.spec, "serviceAccountName"), text(pod.spec, "serviceAccount")];
    return named.find((name) => name !== undefined && name !== "");
}
