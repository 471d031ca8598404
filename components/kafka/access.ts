import type { AclArgs } from "@pulumi/kafka";

/** What a user may do with topics, by the role that it plays. */
export type TopicAccess =
    | { readonly role: "producer"; readonly user: string; readonly topics: readonly string[] }
    | {
          readonly role: "consumer";
          readonly user: string;
          readonly topics: readonly string[];
          /** Consumer groups that begin so belong to the user. Groups of others stay closed: a member of a group takes records away from it. */
          readonly groupPrefix: string;
      };

/** An entry of the brokers' access list, with a key that is unique among the entries of a service. */
export interface AccessEntry {
    readonly key: string;
    readonly acl: AclArgs;
}

/**
 * The entries that a role needs, and no more: one for each topic, since the brokers know no roles. Whoever may read or write a topic may describe it; an entry that says so once for each role
 * would be one rule of the brokers, which goes when one of the two resources is deleted.
 *
 * A producer may write idempotently with Write alone since Kafka 3.0 (KIP-679). No user may create or alter a topic: the program does.
 */
export function entriesOf(access: TopicAccess): readonly AccessEntry[] {
    const entries = access.topics.map((topic) => entry(access, access.role === "producer" ? "Write" : "Read", "Topic", topic, "Literal"));
    return access.role === "producer" ? entries : [...entries, entry(access, "Read", "Group", access.groupPrefix, "Prefixed")];
}

function entry(access: TopicAccess, aclOperation: string, aclResourceType: string, aclResourceName: string, pattern: "Literal" | "Prefixed"): AccessEntry {
    return {
        key: [access.user, access.role, aclOperation, aclResourceType, aclResourceName].join("-").toLowerCase(),
        acl: {
            aclResourceName,
            aclResourceType,
            aclPrincipal: `User:${access.user}`,
            aclHost: "*",
            aclOperation,
            aclPermissionType: "Allow",
            resourcePatternTypeFilter: pattern,
        },
    };
}
