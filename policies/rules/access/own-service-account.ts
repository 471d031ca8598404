import { missing, podRule, wrong } from "../../engine/rule.ts";
import { accountOf } from "../../shapes/account.ts";
import { cis, nsa } from "../../shapes/references.ts";

/** The default account is shared: what is granted to one pod through it is granted to all. */
export const ownServiceAccount = podRule({
    name: "own-service-account",
    title: "Each pod runs under a service account of its own.",
    severity: "medium",
    level: "mandatory",
    references: [cis("5.1.5"), nsa("Authentication and authorization: service accounts")],
    *check(pod) {
        const account = accountOf(pod);
        if (account === undefined) {
            yield missing("serviceAccountName", "the pod runs under the namespace's default account", "declare a ServiceAccount and name it");
        } else if (account === "default") {
            yield wrong("serviceAccountName", "the pod runs under the namespace's default account", "declare a ServiceAccount and name it");
        }
    },
});
