import type { Message } from "../../message.ts";
import { addressIn, excerpt, exchange, failureIn } from "./exchange.ts";
import type { Attempt, Notifier } from "./notifier.ts";
import type { SecretReading } from "../../../settings/live/secret-source.ts";

export interface SlackArgs {
    /** Address of the incoming webhook. It is all that one needs to write to the channel. */
    readonly url: () => Promise<SecretReading>;
}

/** A channel of Slack, or of a chat that takes Slack's webhooks. */
export function slack({ url }: SlackArgs): Notifier {
    return {
        name: "slack",
        send: async (message, signal): Promise<Attempt> => {
            const secret = await url();
            const address = secret.kind === "read" ? addressIn(secret.value) : undefined;
            if (address === undefined) {
                return { kind: "unusable", reason: secret.kind === "missing" ? secret.reason : "its address is none that begins with https://" };
            }
            const answer = await exchange({ url: address, body: JSON.stringify(slackPayload(message)), signal });
            if (answer.kind === "failed") {
                return answer;
            }
            return (
                failureIn(answer) ??
                (isAcceptance(answer.body)
                    ? { kind: "delivered" }
                    : { kind: "failed", reason: `status 200, and not the answer of a webhook${excerpt(answer.body)}` })
            );
        },
    };
}

/**
 * A message as blocks, with the same as text for notifications and for chats without blocks.
 *
 * @see https://docs.slack.dev/reference/block-kit/blocks for the lengths
 */
export function slackPayload({ title, text, fields, links }: Message): unknown {
    const linked = links.map(({ name, url }) => `<${url}|${escaped(name)}>`).join(" · ");
    return {
        text: cut(`*${escaped(title)}*\n${escaped(text)}${linked === "" ? "" : `\n${linked}`}`, 3_000),
        blocks: [
            { type: "header", text: { type: "plain_text", text: cut(title, 150), emoji: false } },
            { type: "section", text: { type: "mrkdwn", text: cut(escaped(text), 3_000), verbatim: true } },
            ...(fields.length === 0
                ? []
                : [
                      {
                          type: "section",
                          fields: fields.slice(0, 10).map(({ name, value }) => ({ type: "mrkdwn", text: cut(`*${escaped(name)}*\n${escaped(value)}`, 2_000) })),
                      },
                  ]),
            ...(linked === "" ? [] : [{ type: "context", elements: [{ type: "mrkdwn", text: linked }] }]),
        ],
    };
}

/** Slack answers `ok`; others answer JSON that says so. A login page of a proxy has status 200 too, and delivers nothing. */
function isAcceptance(body: string): boolean {
    return body.trim() === "ok" || /^\s*\{\s*"(?:ok|success)"\s*:\s*true\b/.test(body);
}

/** So that no text calls a whole channel, or hides an address behind a word. https://docs.slack.dev/messaging/formatting-message-text */
function escaped(text: string): string {
    return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Half an escape at the end would show as itself. */
function cut(text: string, length: number): string {
    return text.length <= length ? text : `${text.slice(0, length - 3).replace(/&[a-z]{0,3}$/, "")}...`;
}
