import { resourceRule, wrong } from "../../engine/rule.ts";

/**
 * Helm releases of any version; packages that wrap one, such as `kubernetes-cert-manager`; and resources that run a command or a program, or hand manifests to one. Charts, configuration files
 * and kustomizations are components: their objects are resources of their own, which `package-has-objects` asks for.
 */
const opaque =
    /^(kubernetes:helm\.sh\/v\d+:Release$|kubernetes-[a-z-]+:|helm:|kubectl:|kustomization:|flux:|argocd:|command:|shell:|ansible:|null:|pulumi-[a-z]+:dynamic)/;

/** What is rendered inside another tool, or done by a command, no rule can see. */
export const noOpaqueRelease = resourceRule({
    name: "no-opaque-release",
    title: "No Helm release, package or command hides its objects from the checks.",
    severity: "high",
    level: "mandatory",
    types: opaque,
    *check(resource) {
        yield resource.type.endsWith(":Release")
            ? wrong("chart", "the objects of this release can't be judged", "render it with kubernetes.helm.v4.Chart, whose objects are resources of their own")
            : wrong(
                  "",
                  `what a ${resource.type} makes can't be judged`,
                  "declare its objects as resources of the program, or render its chart with kubernetes.helm.v4.Chart",
              );
    },
});
