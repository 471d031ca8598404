import type { Scope } from "../scope.ts";
import { type Runbooks, commandsFor, rollbackDoesNotHelp } from "./runbook.ts";

/** The alerts themselves. */
export function pipelineRunbooks(scope: Scope): Runbooks {
    const { kubectl } = commandsFor(scope);
    const { prometheus, alertmanager } = scope.jobs;
    const targets = "In Prometheus, Status > Targets shows what was found, and the error of the last scrape.";
    const blind = "No revision is at fault. While alerts are blind, take no step forward: the watcher may be blind as well.";
    return {
        Watchdog: {
            meaning: "This alert always fires, on purpose. A dead man's switch outside the cluster hears it every few minutes and calls when it stops.",
            impact: "If you were called because it stopped: no alert of this service reaches the engineer on call.",
            diagnosis: [
                ["See whether Prometheus is up and evaluates the rule.", `ALERTS{alertname="Watchdog",namespace="${scope.namespace}"}`],
                ["See whether Alertmanager has it, and to whom it goes.", "amtool alert query alertname=Watchdog --alertmanager.url=<alertmanager>"],
                ["See whether the AlertmanagerConfig was taken over.", `${kubectl} describe alertmanagerconfig ${scope.service}`],
                "Prometheus and Alertmanager fine, and the switch silent: the Secret with its address is wrong, or the way out of the cluster is closed.",
            ],
            mitigation: [
                "Until it is fixed, an engineer watches the on-call dashboard. Say in the channel who, and until when.",
                "Take no step forward meanwhile.",
            ],
            rollback: blind,
        },
        ServiceTargetsDown: {
            meaning: "A good part of the service's pods can't be scraped: they are not ready for it, too busy to answer, or a network policy is in the way.",
            impact: "Their requests are counted nowhere. Error ratios speak for the rest only.",
            diagnosis: [
                ["See which pods.", `up{namespace="${scope.namespace}",service="${scope.service}"} == 0`],
                targets,
                [
                    "Ask one pod yourself.",
                    `${kubectl} port-forward $POD 9090 & sleep 2; curl -s -o /dev/null -w '%{time_total}s %{http_code}\\n' localhost:9090/metrics`,
                ],
            ],
            mitigation: [
                "Slow answers: the process is short of CPU, and users notice too.",
                "Refused: restore the network policy from the monitoring namespace with `pulumi up --refresh`.",
            ],
            rollback: "If only the candidate's pods can't be scraped, it does not keep the service contract: roll back.",
        },
        StoreTargetDown: {
            meaning: "The exporter of a store can't be scraped. The store itself may be fine.",
            impact: "Alerts on that store are blind, but for those that fire on absence.",
            diagnosis: [
                targets,
                ["See the exporter.", `${kubectl} get pods -l app.kubernetes.io/name=${scope.service} -o wide`],
                "postgres_exporter and kafka_exporter are run by the stores' owners: ask them.",
            ],
            mitigation: [
                "Restart the exporter's container. For Redis it is one of three in the pod: the pod's restart moves the primary, so prefer `kubectl exec` and ending the process.",
                "A renamed job: correct `observability.jobs` in the stack config.",
            ],
            rollback: rollbackDoesNotHelp,
        },
        RuleEvaluationFails: {
            meaning: "Prometheus can't evaluate rules of a group: many-to-many matching on real series, a limit of samples, or a query that takes too long.",
            impact: "The alerts of that group can't fire.",
            diagnosis: [
                ["Read the error.", `curl -s <prometheus>/api/v1/rules | jq -r '.data.groups[].rules[] | select(.health=="err") | [.name, .lastError] | @tsv'`],
                "Two series where a rule expects one: mostly two scrapes of the same thing under different labels.",
            ],
            mitigation: ["Remove the second scrape, or fix the rule: the lint (`test/observability`) should have found it, so give it the case."],
            rollback: blind,
        },
        RuleEvaluationSlow: {
            meaning: "Evaluating a group takes most of its interval.",
            impact: "Soon evaluations are skipped, and alerts come late.",
            diagnosis: [
                ["See which groups.", `topk(5, prometheus_rule_group_last_duration_seconds{job="${prometheus}"})`],
                ["See whether Prometheus is short of CPU, or has far more series than before.", `prometheus_tsdb_head_series{job="${prometheus}"}`],
                "`node bench/index.ts alerts` in the project shows what each group costs.",
            ],
            mitigation: ["More series since a step: the candidate has a label with too many values. Roll back.", "Otherwise give Prometheus more CPU."],
            rollback: "Only if the candidate brought the series.",
        },
        PrometheusCannotNotify: {
            meaning: "Prometheus can't hand alerts over to an Alertmanager.",
            impact: "If it is the only one, no engineer is called.",
            diagnosis: [
                ["See the Alertmanagers that it knows.", "curl -s <prometheus>/api/v1/alertmanagers | jq"],
                ["See whether that Alertmanager lives.", `up{job="${alertmanager}"}`],
                "Prometheus' log has the status of each failed request.",
            ],
            mitigation: ["Restart the Alertmanager that is named. With two of them, one is enough meanwhile."],
            rollback: blind,
        },
        AlertmanagerCannotNotify: {
            meaning: "Alertmanager has alerts and can't deliver them: the key of the pager or the address of the chat is wrong, or the other side is down.",
            impact: "People are not called by that way. The dead man's switch may still be fed, so it does not tell.",
            diagnosis: [
                ["See which way fails, and why.", `sum by (integration, reason) (rate(alertmanager_notifications_failed_total{job="${alertmanager}"}[15m]))`],
                "Alertmanager's log has the answer of the other side: 401 is the key, 429 too many messages.",
            ],
            mitigation: [
                "Put the right key into the Secret with the receivers' keys; it is read at the next notification.",
                "Watch the on-call dashboard until it works, and say who does.",
            ],
            rollback: blind,
        },
        ConfigurationNotLoaded: {
            meaning: "Prometheus or Alertmanager has refused its new configuration and goes on with the old one.",
            impact: "Alerts, routes and receivers that were changed since do not count.",
            diagnosis: [
                [
                    "Read the operator's log: it checks most of it before.",
                    "kubectl logs -n monitoring -l app.kubernetes.io/name=prometheus-operator --tail=50 | grep -i -E 'error|invalid'",
                ],
                ["Read the program's own log.", "kubectl logs -n monitoring -l app.kubernetes.io/name=alertmanager -c alertmanager --tail=50 | grep -i load"],
                "The last object that was changed is the one: compare their times.",
            ],
            mitigation: [
                "Undo the last change of rules or routes: `pulumi up` with the commit before it.",
                "A receiver whose Secret is missing makes the whole AlertmanagerConfig be defaults to make the Secret.",
            ],
            rollback: "Rules and routes are in the stack: the commit before the change brings back what worked.",
        },
    };
}
