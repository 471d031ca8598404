import type { LabelPrefix } from "../route/label-keys.ts";
import { dnsName, dnsNameFix } from "../settings/text.ts";

/** What is wrong with the prefixes of a profile: each with the key, the value and the fix. */
export function prefixProblems({ labelPrefix }: LabelPrefix): readonly string[] {
    if (labelPrefix === undefined) {
        return [];
    }
    return [
        ...(dnsName.test(labelPrefix) ? [] : [`labelPrefix = '${labelPrefix}' is not a DNS subdomain: ${dnsNameFix}, at most 253 characters`]),
        ...(reserved.test(labelPrefix) ? [`labelPrefix = '${labelPrefix}' is reserved for Kubernetes itself: use a domain of your own`] : []),
    ];
}

/** @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set */
const reserved = /(?:^|\.)(?:kubernetes|k8s)\.io$/;
