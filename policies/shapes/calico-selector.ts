import { Unjudgeable } from "../engine/value.ts";

type Labels = Readonly<Record<string, string>>;

const token = /\s*(?:(&&|\|\||==|!=|[!(){},])|"([^"]*)"|'([^']*)'|([A-Za-z0-9_./-]+))/y;

/**
 * Whether a selector of Calico, such as `has(app) && tier in {"a", "b"}`, selects something with these labels. An empty one selects everything.
 *
 * @see https://docs.tigera.io/calico/latest/reference/resources/networkpolicy#selector
 * @throws Unjudgeable when the text is no selector.
 */
export function calicoSelects(selector: string, labels: Labels): boolean {
    const words = wordsOf(selector);
    if (words.length === 0) {
        return true;
    }
    const reader = new Reader(words, labels, selector);
    const found = reader.anyOf();
    reader.end();
    return found;
}

interface Word {
    readonly text: string;
    readonly quoted: boolean;
}

function wordsOf(selector: string): readonly Word[] {
    const words: Word[] = [];
    token.lastIndex = 0;
    for (const text = selector.trimEnd(); token.lastIndex < text.length;) {
        const found = token.exec(text);
        if (found === null) {
            throw unreadable(selector);
        }
        const [, sign, double, single, name] = found;
        words.push({ text: sign ?? double ?? single ?? name ?? "", quoted: double !== undefined || single !== undefined });
    }
    return words;
}

/** Reads the words from left to right. Both sides of each operator are read, whatever the first one gave, so that a mistake behind it shows. */
class Reader {
    private position = 0;
    private readonly words: readonly Word[];
    private readonly labels: Labels;
    private readonly selector: string;

    constructor(words: readonly Word[], labels: Labels, selector: string) {
        this.words = words;
        this.labels = labels;
        this.selector = selector;
    }

    anyOf(): boolean {
        let found = this.allOf();
        while (this.takes("||")) {
            const next = this.allOf();
            found ||= next;
        }
        return found;
    }

    end(): void {
        if (this.position < this.words.length) {
            throw unreadable(this.selector);
        }
    }

    private allOf(): boolean {
        let found = this.one();
        while (this.takes("&&")) {
            const next = this.one();
            found &&= next;
        }
        return found;
    }

    private one(): boolean {
        if (this.takes("!")) {
            return !this.one();
        }
        if (this.takes("(")) {
            const found = this.anyOf();
            this.expect(")");
            return found;
        }
        const name = this.next();
        if (this.takes("(")) {
            const argument = this.takes(")") ? undefined : this.next();
            if (argument !== undefined) {
                this.expect(")");
            }
            return this.called(name, argument);
        }
        return this.compared(name);
    }

    private called(name: string, argument: string | undefined): boolean {
        if (name === "has" && argument !== undefined) {
            return this.valueOf(argument) !== undefined;
        }
        if ((name === "all" || name === "global") && argument === undefined) {
            return name === "all";
        }
        throw unreadable(this.selector);
    }

    private compared(label: string): boolean {
        const value = this.valueOf(label);
        const operator = this.next();
        switch (operator) {
            case "==":
                return value === this.next();
            case "!=":
                return value !== this.next();
            case "in":
                return this.set().some((entry) => entry === value);
            case "not": {
                this.expect("in");
                const values = this.set();
                return value === undefined || !values.includes(value);
            }
            case "contains":
                return this.text(value, (found, part) => found.includes(part));
            case "starts":
                this.expect("with");
                return this.text(value, (found, part) => found.startsWith(part));
            case "ends":
                this.expect("with");
                return this.text(value, (found, part) => found.endsWith(part));
            default:
                throw unreadable(this.selector);
        }
    }

    private text(value: string | undefined, holds: (found: string, part: string) => boolean): boolean {
        const part = this.next();
        return value !== undefined && holds(value, part);
    }

    private set(): readonly string[] {
        this.expect("{");
        const values: string[] = [];
        while (!this.takes("}")) {
            values.push(this.next());
            this.takes(",");
        }
        return values;
    }

    private valueOf(label: string): string | undefined {
        return Object.hasOwn(this.labels, label) ? this.labels[label] : undefined;
    }

    private takes(sign: string): boolean {
        const word = this.words[this.position];
        const found = word?.quoted === false && word.text === sign;
        this.position += found ? 1 : 0;
        return found;
    }

    private expect(sign: string): void {
        if (!this.takes(sign)) {
            throw unreadable(this.selector);
        }
    }

    private next(): string {
        const word = this.words[this.position];
        if (word === undefined) {
            throw unreadable(this.selector);
        }
        this.position += 1;
        return word.text;
    }
}

function unreadable(selector: string): Unjudgeable {
    return new Unjudgeable("", "malformed", `'${selector}' is no selector of Calico`);
}
