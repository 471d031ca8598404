import type { PreflightFinding } from "../preflight.ts";

/** Everything secret that a run has read. What leaves the run goes through it: a server's error message may quote what it was sent. */
export class Redaction {
    readonly #secrets = new Set<string>();

    /** Notes a secret, and gives it back. Also the forms in which it travels: a URL's, and base64. */
    note(secret: string): string {
        if (secret.length >= shortest) {
            for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret).toString("base64")]) {
                this.#secrets.add(form);
            }
        }
        return secret;
    }

    /** Notes a login, also in the form of basic authentication. */
    noteLogin({ username, password }: { readonly username: string; readonly password: string }): void {
        this.note(password);
        this.note(Buffer.from(`${username}:${password}`).toString("base64"));
    }

    /** `text` without secrets, and without the password of any URL in it, and in one line. */
    text(text: string): string {
        const known = [...this.#secrets].sort((left, right) => right.length - left.length);
        const clean = known.reduce((rest, secret) => rest.replaceAll(secret, hidden), text);
        return clean.replaceAll(/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/?#@]+@/gi, `$1${hidden}@`).replaceAll(/\s*[\r\n]+\s*/g, " ");
    }

    /** A finding without secrets. */
    finding({ state, text, fix, evidence }: PreflightFinding): PreflightFinding {
        return {
            state,
            text: this.text(text),
            ...(fix === undefined ? {} : { fix: this.text(fix) }),
            ...(evidence === undefined ? {} : { evidence: Object.fromEntries(Object.entries(evidence).map(([key, value]) => [key, this.#value(value)])) }),
        };
    }

    #value<T extends string | number | boolean | readonly string[]>(value: T): T | string | readonly string[] {
        if (typeof value === "string") {
            return this.text(value);
        }
        return Array.isArray(value) ? value.map((each: unknown) => this.text(String(each))) : value;
    }
}

const hidden = "(secret)";

/** Characters that a text has at the least to be hidden wherever it occurs: a shorter one would take words out of sentences. */
const shortest = 4;
