import { defined } from "../../rollout/defined.ts";
import { duration } from "../../rollout/gate/gateway-series/promql.ts";
import { type Receiver, messageTemplates } from "./receivers.ts";
import type { AlertRoute, AlertRouting } from "./routing.ts";

/**
 * The spec of an AlertmanagerConfig.
 *
 * The operator adds `namespace="<namespace of the object>"` to every route and inhibition, which is why every alert carries its namespace as a label.
 *
 * @see https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1alpha1.AlertmanagerConfigSpec
 */
export function alertmanagerConfigSpec({ root, inhibitions }: AlertRouting, receivers: readonly Receiver[]): Record<string, unknown> {
    return {
        route: route(root),
        receivers: receivers.map(receiver),
        inhibitRules: inhibitions.map(({ source, target, equal }) => ({ sourceMatch: [...source], targetMatch: [...target], equal: [...equal] })),
    };
}

function route({
    matchers,
    receiver: name,
    groupBy,
    groupWaitSeconds,
    groupIntervalSeconds,
    repeatIntervalSeconds,
    routes,
}: AlertRoute): Record<string, unknown> {
    return {
        receiver: name,
        ...(matchers.length === 0 ? {} : { matchers: [...matchers] }),
        ...(groupBy === undefined ? {} : { groupBy: [...groupBy] }),
        ...(groupWaitSeconds === undefined ? {} : { groupWait: duration(groupWaitSeconds) }),
        ...(groupIntervalSeconds === undefined ? {} : { groupInterval: duration(groupIntervalSeconds) }),
        ...(repeatIntervalSeconds === undefined ? {} : { repeatInterval: duration(repeatIntervalSeconds) }),
        ...defined({ routes: routes?.map(route) }),
    };
}

function receiver({ name, pagerDuty, slack, webhook }: Receiver): Record<string, unknown> {
    const { title, text } = messageTemplates;
    return {
        name,
        ...(pagerDuty === undefined
            ? {}
            : {
                  pagerdutyConfigs: [
                      {
                          routingKey: pagerDuty.routingKey,
                          sendResolved: true,
                          severity: "{{ .CommonLabels.severity }}",
                          description: title,
                          details: [
                              { key: "runbook", value: "{{ .CommonAnnotations.runbook_url }}" },
                              { key: "dashboard", value: "{{ .CommonAnnotations.dashboard_url }}" },
                          ],
                      },
                  ],
              }),
        ...(slack === undefined ? {} : { slackConfigs: [{ apiURL: slack.apiUrl, channel: slack.channel, sendResolved: true, title, text }] }),
        ...(webhook === undefined ? {} : { webhookConfigs: [{ urlSecret: webhook.url, sendResolved: webhook.sendResolved }] }),
    };
}
