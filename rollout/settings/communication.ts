import { z } from "zod";

import { fromFile, fromVariable } from "./secret-source.ts";
import { text } from "./text.ts";

/**
 * How people hear of a rollout: which notifiers there are, and where each finds its secrets. The secrets themselves are never in the config: an address
 * that lets its holder write, a password or a key comes from an environment variable or from a file of the machine that tells.
 */

const mailAddress = /^[^\s<>@,;]{1,64}@[^\s<>@,;]{1,253}$/;
const secureUrl = /^(?:https:\/\/|http:\/\/(?:127\.0\.0\.1|localhost)(?=[:/]|$))[^\s/?#@]*(\/[^\s?#@]*)?$/;
const ownHost = /^(?:127\.0\.0\.1|localhost)$/;

/** Whether a secret has one source: none leaves it out, and of two it is unclear which one counts. */
function exactlyOne(variable: string | undefined, file: string | undefined): boolean {
    return (variable === undefined) !== (file === undefined);
}

const urlSource = (what: string) => ({
    urlVariable: fromVariable(what, "SLACK_URL"),
    urlFile: fromFile(what, "/run/secrets/slack-url"),
});

const link = (what: string) =>
    text
        .regex(secureUrl, "is not an https address")
        .exactOptional()
        .meta({
            description: `${what}, linked in every message.`,
            examples: ["https://docs.example.com/rollout"],
            fix: "write an https address without credentials or query",
        });

/** The schema of the key `communication`. */
export const communicationSchema = z.strictObject({
    runbookUrl: link("The runbook"),
    reportUrl: link("The report of the rollout"),
    slack: z
        .strictObject(urlSource("the address of the incoming webhook"))
        .refine(({ urlVariable, urlFile }) => exactlyOne(urlVariable, urlFile), "names no source of its address, or two")
        .exactOptional()
        .meta({ description: "A chat with webhooks as Slack's: Slack, Mattermost, Rocket.Chat.", fix: "set urlVariable or urlFile" }),
    webhook: z
        .strictObject({
            ...urlSource("the receiver's address"),
            secretVariable: fromVariable("the key that requests are signed with", "WEBHOOK_SECRET"),
            secretFile: fromFile("the key that requests are signed with", "/run/secrets/webhook-secret"),
        })
        .refine(({ urlVariable, urlFile }) => exactlyOne(urlVariable, urlFile), "names no source of its address, or two")
        .refine(({ secretVariable, secretFile }) => exactlyOne(secretVariable, secretFile), "names no source of its key, or two")
        .exactOptional()
        .meta({ description: "Any receiver of signed JSON: docs/communication.md.", fix: "set urlVariable or urlFile, and secretVariable or secretFile" }),
    email: z
        .strictObject({
            host: text.regex(/^[A-Za-z0-9]([-.A-Za-z0-9]*[A-Za-z0-9])?$/, "is not a host name").meta({
                description: "SMTP server.",
                examples: ["smtp.example.com"],
                fix: "write a host name",
            }),
            port: z
                .int("is not a whole number")
                .min(1, "is not a port")
                .max(65_535, "is not a port")
                .default(587)
                .meta({ description: "Its port.", examples: [587], fix: "use a whole number from 1 to 65535" }),
            security: z
                .literal(["starttls", "tls", "none"])
                .default("starttls")
                .meta({
                    description: "`starttls`: TLS after the greeting, or no mail. `tls`: TLS from the start. `none`: only for a server on this machine.",
                    examples: ["starttls"],
                    fix: "use starttls, or tls with port 465",
                }),
            from: text
                .regex(mailAddress, "is not a mail address")
                .meta({ description: "Sender.", examples: ["rollout@example.com"], fix: "write one mail address without a name" }),
            to: z
                .array(text.regex(mailAddress, "is not a mail address"))
                .min(1, "is empty")
                .meta({ description: "Receivers.", examples: [["team@example.com"]], fix: "list mail addresses without names" }),
            user: text.exactOptional().meta({ description: "User to log in as. Defaults to no login.", examples: ["rollout"], fix: "write the user's name" }),
            passwordVariable: fromVariable("the user's password", "SMTP_PASSWORD"),
            passwordFile: fromFile("the user's password", "/run/secrets/smtp-password"),
        })
        .refine(({ host, security }) => security !== "none" || ownHost.test(host), "sends messages and passwords in plain text over a network")
        .refine(
            ({ user, passwordVariable, passwordFile }) =>
                user === undefined ? passwordVariable === undefined && passwordFile === undefined : exactlyOne(passwordVariable, passwordFile),
            "needs a user and one source of the password, or neither",
        )
        .exactOptional()
        .meta({ description: "Mail.", fix: "set host, from and to; security starttls or tls; user with passwordVariable or passwordFile" }),
    statusPage: z
        .strictObject({
            baseUrl: text
                .regex(secureUrl, "is not an https address")
                .default("https://api.statuspage.io/v1")
                .meta({
                    description: "Where the API is: Statuspage's, or another with its shape.",
                    examples: ["https://api.statuspage.io/v1"],
                    fix: "write an https address",
                }),
            pageId: text
                .regex(/^[\w-]{1,64}$/, "is not the id of a page")
                .meta({ description: "Id of the page.", examples: ["kctbh9vrtdwd"], fix: "copy it from the page's settings" }),
            componentIds: z
                .array(text.regex(/^[\w-]{1,64}$/, "is not the id of a component"))
                .exactOptional()
                .meta({ description: "Components that an entry is about.", examples: [["8kbf7d35c070"]], fix: "list ids of components" }),
            keyVariable: fromVariable("the API key", "STATUS_PAGE_KEY"),
            keyFile: fromFile("the API key", "/run/secrets/status-page-key"),
        })
        .refine(({ keyVariable, keyFile }) => exactlyOne(keyVariable, keyFile), "names no source of its key, or two")
        .exactOptional()
        .meta({ description: "The public status page.", fix: "set pageId, and keyVariable or keyFile" }),
    watchdogSecretName: text
        .regex(/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/, "is not an object's name")
        .exactOptional()
        .meta({
            description:
                "Secret in the namespace from which the watchdog reads what is in variables elsewhere: it has a key for each variable that is named above. It is not made by this program.",
            examples: ["rollout-notifiers"],
            fix: "use lower-case letters, digits, hyphens and dots",
        }),
});

/** How messages are sent: see the descriptions in {@link communicationSchema}. */
export type CommunicationConfig = z.infer<typeof communicationSchema>;
