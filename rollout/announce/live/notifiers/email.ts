import type { Message } from "../../message.ts";
import { type Attempt, type Notifier, messageId } from "./notifier.ts";
import type { SecretReading } from "../../../settings/live/secret-source.ts";
import { wordsWithCauses } from "../../../words.ts";

export interface EmailArgs {
    readonly host: string;
    readonly port: number;
    /** `starttls`: TLS after the greeting, or no mail at all. `none`: plain text, for a server on the same machine. */
    readonly security: "starttls" | "tls" | "none";
    readonly from: string;
    readonly to: readonly string[];
    /** Defaults to no login. */
    readonly login?: { readonly user: string; readonly password: () => Promise<SecretReading> };
    /** PEM of the authority that signed the server's certificate. @default those of Node */
    readonly certificateAuthority?: string;
}

/** Mail by SMTP: plain text, one message to all receivers. */
export function email({ host, port, security, from, to, login, certificateAuthority }: EmailArgs): Notifier {
    return {
        name: "email",
        send: async (message, signal): Promise<Attempt> => {
            const password = await login?.password();
            if (password?.kind === "missing") {
                return { kind: "unusable", reason: password.reason };
            }
            // Loaded when a mail is sent: a watcher that sends none starts without it.
            const { createTransport } = await import("nodemailer");
            const transport = createTransport({
                host,
                port,
                secure: security === "tls",
                requireTLS: security === "starttls",
                ignoreTLS: security === "none",
                ...(certificateAuthority === undefined ? {} : { tls: { ca: certificateAuthority } }),
                ...(login === undefined || password === undefined ? {} : { auth: { user: login.user, pass: password.value } }),
                ...timeLimits,
                disableFileAccess: true,
                disableUrlAccess: true,
            });
            const close = (): void => {
                transport.close();
            };
            signal.addEventListener("abort", close, { once: true });
            try {
                const { rejected } = await transport.sendMail(mailOf(message, from, to));
                return rejected.length === 0
                    ? { kind: "delivered" }
                    : { kind: "refused", reason: `the server refused ${String(rejected.length)} of ${String(to.length)} receivers` };
            } catch (error) {
                return signal.aborted ? { kind: "failed", reason: "no answer in time" } : failureOf(error);
            } finally {
                signal.removeEventListener("abort", close);
                close();
            }
        },
    };
}

function mailOf(message: Message, from: string, to: readonly string[]) {
    const { title, text, fields, links, at } = message;
    const parts = [text, fields.map(({ name, value }) => `${name}: ${value}`).join("\n"), links.map(({ name, url }) => `${name}: ${url}`).join("\n")];
    return {
        from,
        to: [...to],
        subject: title,
        text: `${parts.filter((part) => part !== "").join("\n\n")}\n`,
        date: new Date(at),
        messageId: `<${messageId(message)}@${from.split("@").at(-1) ?? "rollout"}>`,
        // No absence note answers it. https://www.rfc-editor.org/rfc/rfc3834
        headers: { "Auto-Submitted": "auto-generated" },
    };
}

/** A 5xx answer is the server's last word, a 4xx one is not. https://www.rfc-editor.org/rfc/rfc5321#section-4.2.1 */
function failureOf(error: unknown): Attempt {
    const code = error instanceof Error && "responseCode" in error ? error.responseCode : undefined;
    return { kind: typeof code === "number" && code >= 500 ? "refused" : "failed", reason: wordsWithCauses(error) };
}

/** In milliseconds, each shorter than what a whole try may take. */
const timeLimits = { dnsTimeout: 3_000, connectionTimeout: 3_000, greetingTimeout: 3_000, socketTimeout: 4_000 };
