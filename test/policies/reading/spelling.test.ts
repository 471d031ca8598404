import { describe, expect, it } from "vitest";

import { check } from "../../../policies/cli/check.ts";
import { manifestsIn } from "../../../policies/cli/manifests.ts";
import { readConfiguration } from "../../../policies/engine/configuration.ts";
import { rules } from "../../../policies/rules/index.ts";
import { nowMs } from "../judge.ts";

/** The rules that speak up about a text, and what can't be read in it. */
function judged(text: string): { readonly found: readonly string[]; readonly unreadable: readonly string[] } {
    const read = [...manifestsIn(text, "a.yaml")];
    const manifests = read.flatMap((entry) => ("problem" in entry ? [] : [entry]));
    const configuration = readConfiguration({}, rules, "prod");
    const { reported } = check(manifests, { rules, environment: "prod", configuration, nowMs, kubernetesMinor: undefined });
    return { found: reported.map(({ violation }) => violation.rule.name), unreadable: read.flatMap((entry) => ("problem" in entry ? [entry.problem] : [])) };
}

const pod = (context: string): string => `apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers:
  - name: web
    image: registry.example.com/web:1
    securityContext: ${context}
`;

describe("a privileged container", () => {
    const spelled: readonly (readonly [string, string])[] = [
        ["plainly", "{privileged: true}"],
        ["as yes", "{privileged: yes}"],
        ["as on", "{privileged: ON}"],
        ["as y", "{privileged: y}"],
        ["with a tag", '{privileged: !!bool "true"}'],
        ["with a name in quotes", '{"privileged": true}'],
        ["with a name by number", '{"\\x70rivileged": true}'],
        ["with a tight colon in quotes", '{"privileged":true}'],
        ["merged in", "{<<: {privileged: true}}"],
        ["merged in from a list", "{<<: [{privileged: true}, {privileged: false}]}"],
        ["behind a question mark", "{? privileged : true}"],
        ["in a block", "\n      privileged: true"],
        ["in a block behind a question mark", "\n      ? privileged\n      : true"],
        ["behind a comment", "# c\n      privileged: true"],
        ["with a tab", "\n      privileged:\ttrue"],
        ["with an anchor", "&x {privileged: &y true}"],
        ["over lines", "{\n      privileged:\n      true\n      }"],
        ["with breaks of Windows", "\r\n      privileged: true\r"],
    ];

    it.each(spelled)("is found %s", (_how, context) => {
        const { found, unreadable } = judged(pod(context));
        expect(unreadable).toEqual([]);
        expect(found).toContain("no-privileged-container");
    });

    const hidden: readonly (readonly [string, string])[] = [
        ["behind U+2028 in a comment", "{} # c\u2028      privileged: true"],
        ["behind U+0085 in a comment", "# c\u0085      privileged: true"],
        ["behind a lone carriage return", "# c\r      privileged: true"],
        ["by a name that stands twice", "{privileged: true, privileged: false}"],
        ["by a merge that comes last", "{privileged: false, <<: {privileged: true}}"],
        ["by a tag of its own", "!x {privileged: true}"],
        ["by a null byte", "{privileged: true}\0"],
    ];

    it.each(hidden)("is not passed when it hides %s", (_how, context) => {
        const { found, unreadable } = judged(pod(context));
        expect(unreadable.length > 0 || found.includes("no-privileged-container")).toBe(true);
    });

    it.each([
        ["behind JSON", `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}\n---\n${pod("{privileged: true}")}`],
        ["behind braces that are no JSON", `{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n---\n${pod("{privileged: true}")}`],
        ["behind a list", `[{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}]\n---\n${pod("{privileged: true}")}`],
        ["behind two JSON objects", `{"apiVersion":"v1","kind":"A"}{"apiVersion":"v1","kind":"B"}\n---\n${pod("{privileged: true}")}`],
        ["behind a directive", `%YAML 1.1\n---\n${pod("{privileged: true}")}`],
        ["behind a comment of a separator", `--- # c\n${pod("{privileged: true}")}`],
        ["behind a document that can't be read", `a: [\n---\n${pod("{privileged: true}")}`],
    ])("is found %s", (_how, text) => {
        expect(judged(text).found).toContain("no-privileged-container");
    });
});
