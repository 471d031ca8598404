import { withoutSecrets } from "../../../ledger/redaction.ts";
import type { Message } from "../../message.ts";

/**
 * `text` without these secrets, in whatever form they are in it: as they are, as a part of an address, encoded. Whatever else looks like a secret goes too.
 */
export function redacted(text: string, secrets: readonly string[]): string {
    const forms = [...new Set(secrets.flatMap(formsOf))].toSorted((left, right) => right.length - left.length);
    return withoutSecrets(forms.reduce((kept, form) => kept.replaceAll(form, mark), text));
}

/** A message without these secrets. */
export function redactedMessage(message: Message, secrets: readonly string[]): Message {
    const clean = (text: string): string => redacted(text, secrets);
    return {
        ...message,
        title: clean(message.title),
        text: clean(message.text),
        fields: message.fields.map(({ name, value }) => ({ name: clean(name), value: clean(value) })),
        links: message.links.map(({ name, url }) => ({ name: clean(name), url: clean(url) })),
        notices: message.notices.map((notice) => ({ ...notice, title: clean(notice.title), text: clean(notice.text) })),
    };
}

function formsOf(secret: string): readonly string[] {
    const url = secret.includes("://") ? URL.parse(secret) : null;
    const parts =
        url === null ? [] : [`${url.pathname}${url.search}`, url.pathname, url.search, ...url.pathname.split("/"), ...url.searchParams.values(), url.password];
    return [
        ...[secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), Buffer.from(secret).toString("base64")].filter((form) => form !== ""),
        // Shorter parts are words such as 'services'.
        ...parts.filter((part) => part.length >= 8 && part !== "services"),
    ];
}

const mark = "(left out)";
