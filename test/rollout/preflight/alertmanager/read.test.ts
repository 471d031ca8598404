import { afterEach, describe, expect, it } from "vitest";

import { readAlertmanager } from "../../../../rollout/preflight/alertmanager/read.ts";
import { judgeAlertRoutes } from "../../../../rollout/preflight/alertmanager/judge.ts";
import { SmallServers, jsonAt } from "../live/small-servers.ts";

const servers = new SmallServers();
afterEach(() => servers.end());

const configured = async (original: string): Promise<string> =>
    servers.http(jsonAt({ "/api/v2/status": { versionInfo: { version: "0.31.1" }, config: { original } } }));

describe("Alertmanager's configuration", () => {
    it("is read with its routes, in all ways in which a matcher is written", async () => {
        const url = await configured(`
route:
  receiver: nobody
  routes:
    - matchers: ['severity="critical"', 'team=~"a|b"']
      continue: true
      receiver: pager
    - matchers: ['{severity="critical", team!="c"}']
    - match: { severity: warning }
      match_re: { team: ".+" }
receivers:
  - name: nobody
  - name: pager
    pagerduty_configs: [{ routing_key: <secret> }]
    slack_configs: [{}, {}]
`);

        expect(await readAlertmanager({ url })).toEqual({
            version: "0.31.1",
            receivers: [
                { name: "nobody", integrations: 0 },
                { name: "pager", integrations: 3 },
            ],
            root: {
                receiver: "nobody",
                matchers: [],
                continues: false,
                routes: [
                    {
                        receiver: "pager",
                        continues: true,
                        routes: [],
                        matchers: [
                            { label: "severity", operator: "=", value: "critical" },
                            { label: "team", operator: "=~", value: "a|b" },
                        ],
                    },
                    {
                        continues: false,
                        routes: [],
                        matchers: [
                            { label: "severity", operator: "=", value: "critical" },
                            { label: "team", operator: "!=", value: "c" },
                        ],
                    },
                    {
                        continues: false,
                        routes: [],
                        matchers: [
                            { label: "severity", operator: "=", value: "warning" },
                            { label: "team", operator: "=~", value: ".+" },
                        ],
                    },
                ],
            },
        });
    });

    it("that is empty leads nobody to anybody", async () => {
        expect(judgeAlertRoutes(await readAlertmanager({ url: await configured("{}") }), [{ severity: "critical" }]).state).toBe("failed");
    });

    it("is refused where a matcher can't be read", async () => {
        const url = await configured(`route: { receiver: a, routes: [{ matchers: ['severity is critical'] }] }`);

        await expect(readAlertmanager({ url })).rejects.toThrow(/the matcher 'severity is critical' of a route can't be read/);
    });
});
