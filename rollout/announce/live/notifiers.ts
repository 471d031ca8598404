import { defined } from "../../defined.ts";
import type { CommunicationConfig } from "../../settings/communication.ts";
import type { NotifierName } from "../../ledger/ledger-record.ts";
import type { Message } from "../message.ts";
import { type Delivery, type DeliveryLimits, deliver, deliveryLimits } from "./notifiers/delivery.ts";
import { email } from "./notifiers/email.ts";
import type { Notifier } from "./notifiers/notifier.ts";
import { redacted, redactedMessage } from "./notifiers/secrets.ts";
import { type SecretReading, type SecretSource, readSecret } from "../../settings/live/secret-source.ts";
import { signedWebhook } from "./notifiers/signed-webhook.ts";
import { slack } from "./notifiers/slack.ts";
import { statusPage } from "./notifiers/status-page.ts";

/** The notifiers that a stack's config names. */
export interface Notifiers {
    readonly names: readonly NotifierName[];
    /** Sends a message by each of them at once. Never throws, and ends within the limits. Neither the message nor a reason holds a secret of any of them. */
    deliver(message: Message): Promise<readonly Delivery[]>;
}

/** The notifiers of a config. Their secrets are read when a message is sent. */
export function notifiersOf(
    config: CommunicationConfig,
    variables: Readonly<Record<string, string | undefined>>,
    limits: DeliveryLimits = deliveryLimits,
): Notifiers {
    const sources: SecretSource[] = [];
    const secret = (variable: string | undefined, file: string | undefined): (() => Promise<SecretReading>) => {
        const source = defined({ variable, file });
        sources.push(source);
        return () => readSecret(source, variables);
    };
    const notifiers = configured(config, secret);
    return {
        names: notifiers.map(({ name }) => name),
        deliver: async (message) => {
            const readings = await Promise.all(sources.map((source) => readSecret(source, variables)));
            const secrets = readings.flatMap((reading) => (reading.kind === "read" ? [reading.value] : []));
            const clean = redactedMessage(message, secrets);
            const deliveries = await Promise.all(notifiers.map((notifier) => deliver(notifier, clean, limits)));
            return deliveries.map((delivery) => (delivery.kind === "undelivered" ? { ...delivery, reason: redacted(delivery.reason, secrets) } : delivery));
        },
    };
}

/** What came of a test message by one notifier. */
export interface NotifierTest {
    readonly name: NotifierName;
    /** Why it was not delivered. If omitted, it was. */
    readonly problem?: string;
}

/** Sends a test message by each notifier, in less time than a check of the preflight has. No status page shows it. */
export async function testNotifiers(
    config: CommunicationConfig,
    variables: Readonly<Record<string, string | undefined>>,
    message: Message,
): Promise<readonly NotifierTest[]> {
    const deliveries = await notifiersOf(config, variables, { attempts: 2, attemptMs: 5_000, totalMs: 12_000, pauseMs: 500 }).deliver(message);
    return deliveries.map((delivery) => {
        switch (delivery.kind) {
            case "delivered":
                return { name: delivery.notifier };
            case "undelivered":
                return { name: delivery.notifier, problem: delivery.reason };
            case "not-for-it":
                return { name: delivery.notifier, problem: "it took no test message" };
        }
    });
}

function configured(
    { slack: chat, webhook, email: mail, statusPage: page }: CommunicationConfig,
    secret: (variable: string | undefined, file: string | undefined) => () => Promise<SecretReading>,
): readonly Notifier[] {
    return [
        ...(chat === undefined ? [] : [slack({ url: secret(chat.urlVariable, chat.urlFile) })]),
        ...(webhook === undefined
            ? []
            : [signedWebhook({ url: secret(webhook.urlVariable, webhook.urlFile), secret: secret(webhook.secretVariable, webhook.secretFile) })]),
        ...(mail === undefined ? [] : [mailer(mail, secret)]),
        ...(page === undefined
            ? []
            : [
                  statusPage({
                      baseUrl: page.baseUrl,
                      pageId: page.pageId,
                      key: secret(page.keyVariable, page.keyFile),
                      ...defined({ componentIds: page.componentIds }),
                  }),
              ]),
    ];
}

function mailer(
    { host, port, security, from, to, user, passwordVariable, passwordFile }: NonNullable<CommunicationConfig["email"]>,
    secret: (variable: string | undefined, file: string | undefined) => () => Promise<SecretReading>,
): Notifier {
    return email({ host, port, security, from, to, ...(user === undefined ? {} : { login: { user, password: secret(passwordVariable, passwordFile) } }) });
}
