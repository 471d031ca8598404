import type { Scope } from "../scope.ts";
import { type Runbooks, commandsFor, rollbackHelps } from "./runbook.ts";

/** How a rollout goes on, and whether it is watched. */
export function rolloutRunbooks(scope: Scope): Runbooks {
    const { kubectl, status, gate, rollBack, podsOf } = commandsFor(scope);
    const { service, namespace } = scope;
    const route = `${kubectl} get httproute ${service} -o jsonpath='{.spec.rules[*].backendRefs}'`;
    const watchByHand = [
        "Watch it from any machine with the stack's config: it takes the watchdog's place, and rolls back by itself.",
        "rollout watch",
    ] as const;
    return {
        RolloutWatcherSilent: {
            meaning:
                "Some minutes ago a candidate had traffic, and since then no watcher has finished a look. The pods of the watchdog are gone, can't reach the API server, or hang.",
            impact: "Nothing rolls a bad candidate back by itself. The alerts that read the watcher (gates, soaks, approvals) are silent; those that read the service's own metrics still work.",
            diagnosis: [
                ["See the watchdog's pods.", podsOf("watchdog")],
                ["Read why it stopped.", `${kubectl} logs -l app.kubernetes.io/component=watchdog --prefix --tail=50`],
                ["See who holds the lease: one pod of several watches.", `${kubectl} get lease -l app.kubernetes.io/name=${service}`],
            ],
            mitigation: [watchByHand, ["If no operator can stay with it, roll back.", rollBack]],
            rollback: "`rollout rollback` needs no watcher. Back at 0 there is nothing to watch, and this alert ends after half an hour at the latest.",
        },
        RolloutWatcherBlind: {
            meaning:
                "The watcher works and sees nothing of the candidate: Prometheus does not answer it, has no fresh samples, or the candidate's pods are not scraped.",
            impact: "At the limit the watcher rolls back: a candidate that it can't see may be bad.",
            diagnosis: [
                ["Read what it can't see.", status],
                ["See whether Prometheus scrapes the candidate.", `up{namespace="${namespace}",service="${service}",revision!="${scope.stable}"}`],
                [
                    "Ask Prometheus from inside the namespace, as the watcher does.",
                    `${kubectl} exec deploy/${service}-watchdog -- node -e "fetch(process.argv[1]).then(r => console.log(r.status))" http://prometheus:9090/-/ready`,
                ],
            ],
            mitigation: [
                "Fix the scrape or the way to Prometheus: a PodMonitor without the label that Prometheus selects by is the usual cause.",
                ["If it is not fixed within minutes, roll back before the limit.", rollBack],
            ],
            rollback: "A rollback ends the risk. It does not fix the blindness: no step forward passes until the gate sees again.",
        },
        RolloutAlarmBlind: {
            meaning:
                "The alarm, which rolls a bad candidate back within a second, reads neither the pods' metrics nor the gateway's own statistics: it can't reach them, or can't read what they answer. The watcher's looks, which go by Prometheus, may see all the same.",
            impact: "A bad candidate is rolled back by a look, in half a minute. The step is not left, and at the blind limit the watch ends as failed.",
            diagnosis: [
                ["Read what the alarm can't see, and why.", status],
                ["Read what it tried.", `${kubectl} logs -l app.kubernetes.io/component=watchdog --prefix --tail=50`],
                [
                    "Ask a pod of the candidate from inside the namespace, as the alarm does: each line must be Prometheus text or OpenMetrics, as the content type says.",
                    `${kubectl} exec deploy/${service}-watchdog -- node -e "fetch(process.argv[1]).then(async r => console.log(r.status, r.headers.get('content-type'), (await r.text()).slice(0, 500)))" http://$POD_IP:9090/metrics`,
                ],
                ["See whether a network policy is in the way.", `${kubectl} get networkpolicy`],
            ],
            mitigation: [
                "Restore the way to the pods' port `metrics` or to `metrics.gatewayStatsUrl`: one of the two is enough for the alarm to see again.",
                ["If it is not restored within minutes, or no operator can stay with it, roll back.", rollBack],
            ],
            rollback: "Without a candidate that has traffic there is nothing for the alarm to see, and this alert ends.",
        },
        RolloutRollbackFailed: {
            meaning:
                "A watch decided to roll the candidate back and ended as failed: the API server refused the patch again and again, did not answer, or an alarm was raised for a candidate that looked healthy for half a minute and a person must decide.",
            impact: "The candidate may still have its traffic, with what the decision was about. The watchdog goes on looking, more and more rarely.",
            diagnosis: [
                ["See whether the candidate still has traffic, and why it must go.", status],
                ["Read the API server's own reason.", `${kubectl} logs -l app.kubernetes.io/component=watchdog --prefix --tail=50`],
                [
                    "See whether the watchdog may patch the route.",
                    `${kubectl} auth can-i patch httproutes/${service} --as=system:serviceaccount:${namespace}:${service}-watchdog`,
                ],
            ],
            mitigation: [
                ["Roll it back by hand, with your own rights.", rollBack],
                "If that is refused too, patch the route: RolloutRollbackOverdue has the command.",
            ],
            rollback: "This is the rollback. The alert ends with the watchdog's next look after the candidate has weight 0.",
        },
        RolloutRollbackOverdue: {
            meaning:
                "The verdict is to roll back, and the live route still gives the candidate traffic. The watcher may lack the right to patch the route, or the API server refuses.",
            impact: "Users go on meeting what the verdict is about.",
            diagnosis: [
                ["See the weights as they are.", route],
                [
                    "See whether the watchdog may patch the route.",
                    `${kubectl} auth can-i patch httproutes/${service} --as=system:serviceaccount:${namespace}:${service}-watchdog`,
                ],
                ["Read what the watcher tried.", `${kubectl} logs -l app.kubernetes.io/component=watchdog --prefix --tail=50`],
            ],
            mitigation: [
                ["Roll it back by hand, with your own rights.", rollBack],
                [
                    "If that is refused too, patch the route: first backend stable, second candidate.",
                    `${kubectl} patch httproute ${service} --type=json -p '[{"op":"replace","path":"/spec/rules/0/backendRefs/0/weight","value":100},{"op":"replace","path":"/spec/rules/0/backendRefs/1/weight","value":0}]'`,
                ],
            ],
            rollback: "This is the rollback. Afterwards `pulumi up --refresh` with rolloutPercent 0 brings the program's state in line.",
        },
        RolloutShareDiffersFromWeight: {
            meaning:
                "Another share of the requests reaches the candidate than the route says. The gateway has not taken over the route, a second route matches the same host, or clients keep their connections to one revision.",
            impact: "The soak proves less than it seems: a candidate at 25 % that gets 5 % is hardly tried.",
            diagnosis: [
                ["See what the route says.", route],
                ["See what arrives.", `sum by (revision, view) (revision:http_requests:rate5m{namespace="${namespace}",service="${service}"})`],
                [
                    "See whether the gateway accepted the route, and which other routes claim the host.",
                    `${kubectl} get httproute -A -o custom-columns=NS:.metadata.namespace,NAME:.metadata.name,HOSTS:.spec.hostnames,ACCEPTED:.status.parents[*].conditions[?(@.type==\\"Accepted\\")].status`,
                ],
            ],
            mitigation: [
                "Remove the other route, or have the gateway's controller reconcile it: its log names the route that it refuses.",
                "The gate holds while the split differs, so no step is taken on it.",
            ],
            rollback:
                "`rollout rollback` sets the weights anew, and the share must then fall to 0. If it does not, the gateway ignores the route: treat it as an outage of the gateway.",
        },
        RolloutLedgerBroken: {
            meaning:
                "A record of the ledger does not follow from the one before it, is missing, or can't be read. Its ConfigMaps were written by hand, a restore brought back old ones, or the API server is at fault.",
            impact: "What was decided can't be proven, so no step forward is taken. A rollback still works.",
            diagnosis: [
                ["See which record it is, and why.", "rollout ledger verify"],
                [
                    "See who wrote to it.",
                    `${kubectl} get configmaps -l app.kubernetes.io/name=${service},app.kubernetes.io/component=ledger --sort-by=.metadata.creationTimestamp`,
                ],
                "The API server's audit log names the user: look for writes to these ConfigMaps by any user but the pipeline and the watchdog.",
            ],
            mitigation: [
                "Do not fix the records: they are evidence. Keep a copy of what is there, and of the pipeline's local copy.",
                "Treat an unknown writer as a security incident, and roll back if the candidate may be part of it.",
            ],
            rollback: "`rollout rollback` writes its own record after the broken one and does not depend on it.",
        },
        RolloutInProgress: {
            meaning:
                "A candidate has a share of the traffic. This alert notifies no receiver: it mutes tickets about pods that come and go, which a rollout explains.",
            impact: "None. Alerts on users' requests, on the candidate and on stores are never muted by it.",
            diagnosis: [["See how it stands.", status]],
            mitigation: ["Nothing is to be done. If it stays for longer than a day, RolloutStuck has called long before."],
            rollback: "It ends with the rollout, in either direction.",
        },
        RolloutGateHolds: {
            meaning:
                "The step has lasted its soak, and at least one criterion does not pass: it is broken, or evidence is missing. Functional probes have no metric of their own, so a failing probe shows here.",
            impact: "The step is not left. At the plan's limit the watcher rolls back.",
            diagnosis: [
                ["See which criteria hold, what was measured and what the bound is.", gate],
                "'Too few samples' is no defect of the candidate: with little traffic the same soak shows less. Wait, or repeat the step at a busier hour.",
                "A failing probe names the request that it made: repeat it with the header `x-tester-key` (docs/testers.md).",
            ],
            mitigation: [
                "Fix what is broken outside the candidate (a store, a dependency), and the gate passes by itself.",
                [
                    "If the criterion itself is wrong for this step and an approver accepts that, lift it. The override is kept in the ledger.",
                    'rollout override --role <role> --lift <criterion> --reason "<why>"',
                ],
            ],
            rollback: "If the candidate is the cause, do not wait for the limit: `rollout rollback`, and fix it in a new revision.",
        },
        RolloutHoldEndsSoon: {
            meaning: "The gate has held for most of the time that the plan allows. When the time is up, the watcher rolls back.",
            impact: "The rollout of today ends. The candidate stays declared, without traffic.",
            diagnosis: [
                ["See which criteria hold, and whether they get better.", gate],
                "RolloutGateHolds has fired before: its runbook helps to find the cause.",
            ],
            mitigation: ["Decide now: fix the cause, lift the criterion with a reason, or let the watcher roll back, which is the safe choice."],
            rollback: "Prepare nothing: a rollback moves weights only. To try again afterwards, run `rollout retry`.",
        },
        RolloutStuck: {
            meaning:
                "The step has lasted several times its soak and the next one was not taken: the gate passes and the pipeline does not run, an approval is forgotten, or the operators have gone home.",
            impact: "Two revisions serve at twice the pods. The longer it lasts, the more a schema or a cache drifts from what the stable revision expects.",
            diagnosis: [
                ["See what stands in the way.", status],
                "If it says that the step is ready, look at the release pipeline: it has stopped or waits for a person.",
            ],
            mitigation: [
                ["Take the next step.", "rollout advance"],
                ["Or end it for today.", rollBack],
            ],
            rollback: rollbackHelps,
        },
        RolloutApprovalWaits: {
            meaning:
                "The gate passes and the next step needs the word of people who have not given it. An approval is for exactly the content that is live, and counts for a day.",
            impact: "The rollout waits. The watcher goes on, and still rolls a bad candidate back.",
            diagnosis: [
                ["See which roles are missing.", status],
                "An approval that was given and does not count is for other content, or has expired: the same command says so.",
            ],
            mitigation: [
                ["Ask the roles. Each approves for itself.", "rollout approve --role <role>"],
                "If no person with the role can be reached, the step waits: the only way around it is an override with a reason.",
            ],
            rollback: "Waiting does no harm. If the approvers are gone until tomorrow, roll back: no plan has a canary over night.",
        },
        RolloutStatusUpdateOverdue: {
            meaning:
                "No message about the rollout was delivered for longer than the checklist allows. The chat or the status page refuses messages, or no notifier is configured.",
            impact: "Support and on-call guess. Nothing about the traffic is wrong.",
            diagnosis: [
                [
                    "See whether the watcher could send.",
                    `${kubectl} logs -l app.kubernetes.io/component=watchdog --prefix --tail=200 | grep -i -E 'notif|update'`,
                ],
                ["See how it stands, to tell people yourself.", status],
            ],
            mitigation: [
                "Post the state by hand in the deployment channel, every quarter of an hour, until the sending works again.",
                "An expired token of the chat is the usual cause: renew the Secret that the watchdog reads.",
            ],
            rollback: "Nothing to roll back.",
        },
    };
}
