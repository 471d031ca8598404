/** What a rollout writes down in the cluster, beside the objects of the program: the label `app.kubernetes.io/component` tells which. */
export type WrittenDown = "ledger" | "approval" | "override" | "signature";

/** Labels of an object that holds something written down. The program doesn't manage it: `pulumi up` neither sees nor changes it. */
export function writtenLabels(service: string, component: WrittenDown): Readonly<Record<string, string>> {
    return {
        "app.kubernetes.io/name": service,
        "app.kubernetes.io/part-of": service,
        "app.kubernetes.io/component": component,
        "app.kubernetes.io/managed-by": "rollout",
    };
}

/** Label selector that finds them. */
export function writtenSelector(service: string, ...components: readonly [WrittenDown, ...WrittenDown[]]): string {
    return `app.kubernetes.io/name=${service},app.kubernetes.io/component in (${components.join(",")})`;
}
