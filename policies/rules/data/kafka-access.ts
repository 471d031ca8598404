import { resourceRule, wrong } from "../../engine/rule.ts";
import { text } from "../../engine/value.ts";
import { aclType, strimziAcls } from "../../shapes/kafka.ts";

/** An access rule names who may do what on what. */
export const kafkaAccess = resourceRule({
    name: "kafka-access",
    title: "No access rule is for everybody, for everything, or on everything.",
    severity: "critical",
    level: "mandatory",
    types: [aclType],
    objects: [strimziAcls],
    *check(acl) {
        if (text(acl.properties, "aclPermissionType") === "Deny") {
            return;
        }
        if (text(acl.properties, "aclPrincipal") === "User:*") {
            yield wrong("aclPrincipal", "the rule is for everybody", "name the user");
        }
        if (text(acl.properties, "aclResourceName") === "*") {
            yield wrong("aclResourceName", "the rule is on everything", "name the topic or the group");
        }
        if (text(acl.properties, "aclOperation") === "All") {
            yield wrong("aclOperation", "the rule allows every operation", "name the operations that are needed");
        }
    },
});
