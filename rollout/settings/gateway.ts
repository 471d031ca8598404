import { z } from "zod";

import { dnsLabel, dnsLabelFix, dnsName, dnsNameFix, text, url, urlFix } from "./text.ts";

const publicHostname = /^(?=.{1,253}$)([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;

const hostnameFix = "write a full host name in lower case, without scheme, port, path or wildcard";
const objectName = text.regex(dnsName, "is not an object's name");
const objectNamespace = text.regex(dnsLabel, "is not a DNS label");
/** The name of a listener. @see https://gateway-api.sigs.k8s.io/reference/spec/#sectionname */
const listener = text.regex(dnsName, "is not the name of a listener");

/** A way of testers by a host name of their own. Which ones would be public is in tester-rules.ts. */
export const testersHostSchema = z.strictObject({
    kind: z.literal("host"),
    hostname: text.regex(publicHostname, "is not a full host name").meta({
        description: "Host name that testers call, and users can't.",
        examples: ["checkout.internal.example.com"],
        fix: hostnameFix,
    }),
    gateway: z
        .strictObject({
            name: objectName.meta({ description: "Name of the Gateway.", examples: ["internal"], fix: dnsNameFix }),
            namespace: objectNamespace.meta({ description: "Namespace of the Gateway.", examples: ["gateway-internal"], fix: dnsLabelFix }),
        })
        .exactOptional()
        .meta({
            description: "Gateway that testers come by, inside the network. If omitted, the users' Gateway, by another listener.",
            examples: [{ name: "internal", namespace: "gateway-internal" }],
            fix: "set name and namespace, or remove it",
        }),
    listener: listener.exactOptional().meta({
        description: "Listener that testers come by. If omitted, each one of their own Gateway that accepts the host name.",
        examples: ["internal"],
        fix: dnsNameFix,
    }),
    url: url.meta({
        description: "Where functional probes reach the testers' Gateway or listener. They carry `gateway.testers.hostname` as their host.",
        examples: ["https://checkout.internal.example.com"],
        fix: urlFix,
    }),
});

/** The ways of testers to a candidate. */
export const testersSchema = z.discriminatedUnion("kind", [
    z.strictObject({
        kind: z.literal("header").meta({
            description: "`header`: by a header whose value the program generates. `host`: by a host name that the public can't reach. `none`: not at all.",
            examples: ["header"],
            fix: "use header or host, or none with a reason in a lab with gates.kind order-only",
        }),
        rotation: text.exactOptional().meta({
            description: "A word that stands for the present key, such as a date. A new word gives a new key.",
            examples: ["2026-03"],
            fix: "write a date, or remove it",
        }),
    }),
    testersHostSchema,
    z.strictObject({
        kind: z.literal("none"),
        reason: text.meta({ description: "Why no tester tries a candidate before users meet it.", examples: ["this lab has no testers"], fix: "write why" }),
    }),
]);

/** The schema of the key `gateway`. */
export const gatewaySchema = z.strictObject({
    name: objectName.meta({ description: "Gateway that the route attaches to.", examples: ["public"], fix: dnsNameFix }),
    namespace: objectNamespace.meta({ description: "Namespace of the Gateway.", examples: ["gateway-system"], fix: dnsLabelFix }),
    listener: listener.exactOptional().meta({
        description: "Listener of the Gateway that users come by. If omitted, each one that accepts the host name.",
        examples: ["https"],
        fix: dnsNameFix,
    }),
    hostname: text.regex(publicHostname, "is not a full host name").meta({
        description: "Host name that users call.",
        examples: ["checkout.example.com"],
        fix: hostnameFix,
    }),
    testers: testersSchema.default({ kind: "header" }).meta({
        description:
            "How testers and functional probes reach a candidate: kind `header` (a header with a generated key), kind `host` (a host name inside the network), or kind `none` with a reason, where gates ask for no probe.",
        examples: [{ kind: "header" }],
        fix: "use kind header or host, or kind none with a reason in a lab with gates.kind order-only",
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
