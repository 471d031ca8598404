import { z } from "zod";

import { dnsLabel, dnsLabelFix, port, portFix, text } from "../rollout/settings/text.ts";

const serverPort = port.default(53).meta({ description: "Port that the name server itself listens on, UDP and TCP.", examples: [53], fix: portFix });

const pods = z.strictObject({
    kind: z.literal("pods"),
    namespace: text
        .regex(dnsLabel, "is not a DNS label")
        .meta({ description: "Namespace of the name server's pods.", examples: ["kube-system"], fix: dnsLabelFix }),
    labels: z
        .record(text, text)
        .refine((labels) => Object.keys(labels).length > 0, "is empty, which would mean every pod of the namespace")
        .meta({ description: "Labels of the name server's pods.", examples: [{ "k8s-app": "kube-dns" }], fix: "write at least one label" }),
    port: serverPort,
});

const address = z
    .strictObject({
        kind: z.literal("address"),
        address: z
            .union([z.ipv4(), z.ipv6()], "is not an address")
            .meta({ description: "A single address.", examples: ["169.254.20.10"], fix: "write one IPv4 or IPv6 address, without a range" }),
        port: serverPort,
    })
    .refine(({ address: at, port: on }) => on === 53 || !isLinkLocal(at), {
        path: ["port"],
        message: "would open a link-local address, where a cloud's metadata endpoint hands out credentials",
    });

/** IPv4 alone: the metadata endpoints' IPv6 addresses are in fd00::/8, and no name server's. */
function isLinkLocal(given: string): boolean {
    return given.startsWith("169.254.");
}

/** Where pods look names up. */
export const nameServersSchema = z
    .array(z.discriminatedUnion("kind", [pods, address], "is not a kind of name server"))
    .min(1, "is empty, and no pod could look a name up")
    .default([{ kind: "pods", namespace: "kube-system", labels: { "k8s-app": "kube-dns" }, port: 53 }])
    .meta({
        description:
            "Where pods look names up: network policies allow these and no others. `pods` with `namespace`, `labels` and the `port` that they listen on (53), or `address` with one `address` and a `port` (53). A list replaces the default.",
        examples: [
            [
                { kind: "pods", namespace: "kube-system", labels: { "k8s-app": "kube-dns" } },
                { kind: "address", address: "169.254.20.10" },
            ],
        ],
        fix: "use kind pods with namespace and labels, or kind address with address",
    });
