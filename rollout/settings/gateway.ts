import { z } from "zod";

import { dnsLabel, dnsLabelFix, dnsName, dnsNameFix, text } from "./text.ts";

const publicHostname = /^(?=.{1,253}$)([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** The ways of testers to a candidate. */
export const testersSchema = z.discriminatedUnion("kind", [
    z.strictObject({
        kind: z.literal("header").meta({
            description: "`header`: by a header whose value the program generates. `none`: not at all.",
            examples: ["header"],
            fix: "use header, or none with a reason in a lab with gates.kind order-only",
        }),
        rotation: text.exactOptional().meta({
            description: "A word that stands for the present key, such as a date. A new word gives a new key.",
            examples: ["2026-03"],
            fix: "write a date, or remove it",
        }),
    }),
    z.strictObject({
        kind: z.literal("none"),
        reason: text.meta({ description: "Why no tester tries a candidate before users meet it.", examples: ["this lab has no testers"], fix: "write why" }),
    }),
]);

/** The schema of the key `gateway`. */
export const gatewaySchema = z.strictObject({
    name: text.regex(dnsName, "is not an object's name").meta({ description: "Gateway that the route attaches to.", examples: ["public"], fix: dnsNameFix }),
    namespace: text
        .regex(dnsLabel, "is not a DNS label")
        .meta({ description: "Namespace of the Gateway and of the certificate.", examples: ["gateway-system"], fix: dnsLabelFix }),
    hostname: text.regex(publicHostname, "is not a full host name").meta({
        description: "Host name that users call.",
        examples: ["ranking.example.com"],
        fix: "write a full host name in lower case, without scheme, port, path or wildcard",
    }),
    tlsIssuer: text.regex(dnsName, "is not an object's name").meta({
        description: "cert-manager ClusterIssuer that signs the host's certificate.",
        examples: ["public-certificates"],
        fix: dnsNameFix,
    }),
    testers: testersSchema.default({ kind: "header" }).meta({
        description:
            "How testers and functional probes reach a candidate: kind `header` (a header with a generated key), or kind `none` with a reason, where gates ask for no probe.",
        examples: [{ kind: "header" }],
        fix: "use kind header, or kind none with a reason in a lab with gates.kind order-only",
    }),
    retry: z
        .boolean()
        .default(false)
        .meta({
            description:
                "Whether the gateway tries a failed connection once more. It needs the field `retry` of HTTPRoute: the experimental channel of Gateway API, or 1.7 and later. It also hides a 503 that a revision itself gave.",
            examples: [false],
            fix: "use true or false",
        }),
});

/** How testers reach a candidate: see the descriptions in {@link testersSchema}. */
export type TestersConfig = z.infer<typeof testersSchema>;

/** The gateway and what the route on it says: see the descriptions in {@link gatewaySchema}. */
export type GatewayConfig = z.infer<typeof gatewaySchema>;
