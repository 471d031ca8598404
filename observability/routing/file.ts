import { stringify } from "yaml";

import { defined } from "../../rollout/defined.ts";
import { duration } from "../../rollout/gate/gateway-series/promql.ts";
import { type KeyReference, type Receiver, messageTemplates } from "./receivers.ts";
import type { AlertMatcher, AlertRoute, AlertRouting } from "./routing.ts";

/** Whose file it is: the operator puts both names in front of every receiver. */
export interface FileOwner {
    readonly namespace: string;
    /** Name of the AlertmanagerConfig. */
    readonly name: string;
}

/** A receiver's name in the file. */
export function receiverInFile({ namespace, name }: FileOwner, receiver: Receiver["name"]): string {
    return `${namespace}/${name}/${receiver}`;
}

/**
 * `alertmanager.yaml` as the operator makes it of the AlertmanagerConfig: what Alertmanager really reads, for amtool, and for clusters without the operator.
 *
 * Keys are read from files under `/etc/alertmanager/secrets/<secret>/`, where the operator and others mount Secrets.
 *
 * @see https://prometheus.io/docs/alerting/latest/configuration/
 */
export function alertmanagerFile(owner: FileOwner, { root, inhibitions }: AlertRouting, receivers: readonly Receiver[]): string {
    const inNamespace: AlertMatcher = { name: "namespace", value: owner.namespace, matchType: "=" };
    const route = (each: AlertRoute): Record<string, unknown> => ({
        receiver: receiverInFile(owner, each.receiver),
        ...(each.matchers.length === 0 ? {} : { matchers: each.matchers.map(written) }),
        ...defined({ group_by: each.groupBy }),
        ...(each.groupWaitSeconds === undefined ? {} : { group_wait: duration(each.groupWaitSeconds) }),
        ...(each.groupIntervalSeconds === undefined ? {} : { group_interval: duration(each.groupIntervalSeconds) }),
        ...(each.repeatIntervalSeconds === undefined ? {} : { repeat_interval: duration(each.repeatIntervalSeconds) }),
        ...defined({ routes: each.routes?.map(route) }),
    });
    return stringify(
        {
            route: { receiver: "platform", routes: [{ ...route({ ...root, matchers: [inNamespace, ...root.matchers] }), continue: true }] },
            inhibit_rules: inhibitions.map(({ source, target, equal }) => ({
                source_matchers: [...source, inNamespace].map(written),
                target_matchers: [...target, inNamespace].map(written),
                equal,
            })),
            // What the cluster's owners have for alerts that no service takes.
            receivers: [{ name: "platform" }, ...receivers.map((each) => ({ ...receiver(each), name: receiverInFile(owner, each.name) }))],
        },
        { lineWidth: 0 },
    );
}

function receiver({ pagerDuty, slack, webhook }: Receiver): Record<string, unknown> {
    const { title, text } = messageTemplates;
    return {
        ...(pagerDuty === undefined
            ? {}
            : { pagerduty_configs: [{ routing_key_file: mounted(pagerDuty.routingKey), send_resolved: true, description: title }] }),
        ...(slack === undefined ? {} : { slack_configs: [{ api_url_file: mounted(slack.apiUrl), channel: slack.channel, send_resolved: true, title, text }] }),
        ...(webhook === undefined ? {} : { webhook_configs: [{ url_file: mounted(webhook.url), send_resolved: webhook.sendResolved }] }),
    };
}

function mounted({ name, key }: KeyReference): string {
    return `/etc/alertmanager/secrets/${name}/${key}`;
}

function written({ name, matchType, value }: AlertMatcher): string {
    return `${name}${matchType}${JSON.stringify(value)}`;
}
