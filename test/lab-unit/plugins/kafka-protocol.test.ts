import * as kafka from "@platformatic/kafka";
import { expect, it } from "vitest";

import { protocol } from "../../../lab/plugins/kafka/protocol.ts";

/** `clusterAction` -> `CLUSTER_ACTION`, as the library spells it. */
const constant = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

it.each([
    { what: "resource", library: kafka.ResourceTypes },
    { what: "pattern", library: kafka.ResourcePatternTypes },
    { what: "operation", library: kafka.AclOperations },
    { what: "permission", library: kafka.AclPermissionTypes },
    { what: "quotaMatch", library: kafka.ClientQuotaMatchTypes },
] as const)("the numbers of $what are those of the client library", ({ what, library }) => {
    const theirs: Readonly<Record<string, number>> = library;
    expect(Object.entries(protocol[what]).map(([name, number]) => [constant(name), number])).toEqual(
        Object.keys(protocol[what]).map((name) => [constant(name), theirs[constant(name)]]),
    );
});

it("the numbers for settings are those of the client library", () => {
    expect(protocol.alterConfig).toEqual({ set: kafka.IncrementalAlterConfigOperationTypes.SET, remove: kafka.IncrementalAlterConfigOperationTypes.DELETE });
    expect(protocol.dynamicTopicConfig).toBe(kafka.ConfigSources.DYNAMIC_TOPIC_CONFIG);
    expect(protocol.resource.topic).toBe(kafka.ConfigResourceTypes.TOPIC);
});
