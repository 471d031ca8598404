import { objectRule, wrong } from "../../engine/rule.ts";
import { documentation } from "../../shapes/references.ts";

/** Groups that Kubernetes itself serves; their betas are switched off by default since 1.24, their removed versions are gone. */
const own =
    /^(core|apps|batch|extensions|policy|autoscaling|networking\.k8s\.io|rbac\.authorization\.k8s\.io|storage\.k8s\.io|scheduling\.k8s\.io|admissionregistration\.k8s\.io|apiextensions\.k8s\.io|apiregistration\.k8s\.io|coordination\.k8s\.io|discovery\.k8s\.io|events\.k8s\.io|flowcontrol\.apiserver\.k8s\.io|node\.k8s\.io|certificates\.k8s\.io|gateway\.networking\.k8s\.io)$/;

/** Versions that were generally available and were replaced all the same. */
const replaced: ReadonlyMap<string, string> = new Map([
    ["extensions/v1", "apps/v1"],
    ["autoscaling/v1", "autoscaling/v2"],
]);

/** An object of a version that the next Kubernetes no longer serves can't be applied after the upgrade. */
export const apiVersion = objectRule({
    name: "api-version",
    title: "Objects of Kubernetes itself use a stable version of their API.",
    severity: "medium",
    level: "mandatory",
    references: [documentation("reference/using-api/deprecation-guide/")],
    settings: {
        allowed: {
            type: "array",
            items: { type: "string" },
            default: [],
            description: "Unstable versions that are accepted, such as `gateway.networking.k8s.io/v1beta1`",
        },
    },
    kinds: "*",
    *check(object, { settings }) {
        const version = `${object.group}/${object.version}`;
        const better = replaced.get(version);
        if (own.test(object.group) && !settings.allowed.includes(version) && (/^v\d+(alpha|beta)\d+$/.test(object.version) || better !== undefined)) {
            yield wrong("apiVersion", `${version} is ${better === undefined ? "not stable" : "replaced"}`, `use ${better ?? "the stable version"}`);
        }
    },
});
