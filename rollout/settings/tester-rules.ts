import { z } from "zod";

import { gatewaySchema, testersHostSchema } from "./gateway.ts";
import type { ConfigProblem } from "./problem.ts";
import { type Rule, problem, rule } from "./rule.ts";

/** As much of the key `gateway` as says who comes which way. */
const usersWay = gatewaySchema.pick({ name: true, namespace: true, listener: true, hostname: true }).extend({ testers: testersHostSchema }).strip();

/** Rules on how testers reach a candidate: probes must have a way to it, and the public must have none. */
export const testerRules: readonly Rule[] = [
    rule(z.object({ gates: z.object({ kind: z.literal("full") }), gateway: z.object({ testers: z.object({ kind: z.literal("none") }) }) }), (config) => [
        problem(
            "gateway.testers.kind",
            config.gateway.testers.kind,
            "leads no probe to the candidate, so no gate that asks for probes would ever pass",
            "use header or host, or gates.kind order-only in a lab",
        ),
    ]),
    rule(z.object({ gateway: usersWay }), ({ gateway: { testers, ...users } }) => whereUsersCome(users, testers)),
    rule(z.object({ gateway: z.object({ testers: testersHostSchema }), metrics: z.object({ gatewayUrl: z.string() }) }), (config) => {
        const { url } = config.gateway.testers;
        const origin = URL.parse(url)?.origin;
        return origin !== undefined && origin === URL.parse(config.metrics.gatewayUrl)?.origin
            ? [
                  problem(
                      "gateway.testers.url",
                      url,
                      "is where users reach the gateway (metrics.gatewayUrl), so they would reach the candidate too",
                      "write the address of the testers' Gateway or listener, which users can't reach",
                  ),
              ]
            : [];
    }),
];

/** What lets users reach a candidate: they need no more than the testers' host name, sent as `Host`. At most one problem, so that there is one way out. */
function whereUsersCome(
    users: Omit<z.infer<typeof usersWay>, "testers">,
    { hostname, gateway: own = users, listener }: z.infer<typeof testersHostSchema>,
): readonly ConfigProblem[] {
    if (hostname === users.hostname) {
        return [problem("gateway.testers.hostname", hostname, "is the host name that users call", "write a host name of the testers' own, inside the network")];
    }
    if (own.name !== users.name || own.namespace !== users.namespace) {
        return [];
    }
    if (listener === undefined) {
        return [
            problem(
                "gateway.testers.listener",
                undefined,
                `is missing, so Gateway ${users.namespace}/${users.name} would lead every user who sends the testers' host name to the candidate`,
                "name another Gateway (gateway.testers.gateway), or a listener of this one that users can't reach (gateway.testers.listener)",
            ),
        ];
    }
    if (users.listener === undefined) {
        return [
            problem(
                "gateway.listener",
                undefined,
                `is missing, so the users' route would be on the testers' listener ${listener} too`,
                "name the listener that users come by",
            ),
        ];
    }
    return users.listener === listener
        ? [problem("gateway.testers.listener", listener, "is the listener that users come by", "name a listener that users can't reach")]
        : [];
}
