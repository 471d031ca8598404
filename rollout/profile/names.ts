import type { LabelPrefix } from "../route/label-keys.ts";
import { dnsName, dnsNameFix } from "../settings/text.ts";
import type { VariablePrefix } from "./variables.ts";

/** What is wrong with the prefixes of a profile: each with the key, the value and the fix. */
export function prefixProblems({ labelPrefix, variablePrefix }: LabelPrefix & VariablePrefix): readonly string[] {
    return [...(labelPrefix === undefined ? [] : labelProblems(labelPrefix)), ...(variablePrefix === undefined ? [] : variableProblems(variablePrefix))];
}

function labelProblems(labelPrefix: string): readonly string[] {
    return [
        ...(dnsName.test(labelPrefix) ? [] : [`labelPrefix = '${labelPrefix}' is not a DNS subdomain: ${dnsNameFix}, at most 253 characters`]),
        ...(reserved.test(labelPrefix) ? [`labelPrefix = '${labelPrefix}' is reserved for Kubernetes itself: use a domain of your own`] : []),
    ];
}

function variableProblems(variablePrefix: string): readonly string[] {
    return /^[A-Z](?:[A-Z0-9_]*[A-Z0-9])?$/.test(variablePrefix)
        ? []
        : [
              `variablePrefix = '${variablePrefix}' can't begin the name of an environment variable: use capital letters, digits and underscores, a letter first and no underscore at the end`,
          ];
}

/** @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set */
const reserved = /(?:^|\.)(?:kubernetes|k8s)\.io$/;
