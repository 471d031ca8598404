import type { ReceiverName } from "./routing.ts";

/** The Secret with the keys of the receivers. The owner of pager and chat makes it, never this program: a key in a stack's state is in every copy of it. */
export interface ReceiverSecret {
    /** Name of the Secret, in the service's namespace. */
    readonly name: string;
    /** Chat channel that hears of what is urgent, such as `#ranking-alerts`. */
    readonly channel: string;
}

/** Keys that the Secret must have. */
export const receiverKeys = {
    /** Integration key of PagerDuty's Events API v2. */
    pagerDuty: "pagerduty-routing-key",
    /** Incoming webhook of Slack. */
    slack: "slack-webhook-url",
    /** Address that makes a ticket of what is posted to it. */
    tickets: "tickets-webhook-url",
    /** Address of the dead man's switch, which calls when it hears nothing. */
    deadMansSwitch: "dead-mans-switch-url",
} as const;

/** A reference to one key of the Secret. */
export interface KeyReference {
    readonly name: string;
    readonly key: string;
}

/** How one receiver is reached. An empty one sends nothing. */
export interface Receiver {
    readonly name: ReceiverName;
    readonly pagerDuty?: { readonly routingKey: KeyReference };
    readonly slack?: { readonly apiUrl: KeyReference; readonly channel: string };
    readonly webhook?: { readonly url: KeyReference; readonly sendResolved: boolean };
}

/** The receivers of {@link alertRouting}, with every key as a reference. */
export function receivers({ name, channel }: ReceiverSecret): readonly Receiver[] {
    const key = (which: keyof typeof receiverKeys): KeyReference => ({ name, key: receiverKeys[which] });
    return [
        { name: "pager", pagerDuty: { routingKey: key("pagerDuty") }, slack: { apiUrl: key("slack"), channel } },
        { name: "tickets", webhook: { url: key("tickets"), sendResolved: true } },
        // The switch must not hear that the Watchdog is resolved: to it, that is one message more.
        { name: "dead-mans-switch", webhook: { url: key("deadMansSwitch"), sendResolved: false } },
        { name: "nobody" },
    ];
}

/** Title and text of a message to people: what is wrong, and where it says what to do. */
export const messageTemplates = {
    title: "{{ .CommonLabels.severity | toUpper }}: {{ .CommonAnnotations.summary }}{{ with .CommonLabels.service }} ({{ . }}){{ end }}",
    text: "{{ range .Alerts }}{{ .Annotations.description }}\n{{ end }}Runbook: {{ .CommonAnnotations.runbook_url }}\nDashboard: {{ .CommonAnnotations.dashboard_url }}",
} as const;
