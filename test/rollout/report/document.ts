import { type DefaultTreeAdapterTypes, parse } from "parse5";

/** An element of a parsed page. */
export type Element = DefaultTreeAdapterTypes.Element;

/** A page as a browser parses it. */
export class ParsedPage {
    readonly #elements: readonly Element[];
    /** What the parser finds wrong. */
    readonly errors: readonly string[];

    constructor(text: string) {
        const errors: string[] = [];
        const document = parse(text, {
            onParseError: ({ code }) => {
                errors.push(code);
            },
        });
        this.#elements = elementsIn(document);
        this.errors = errors;
    }

    all(...names: readonly string[]): readonly Element[] {
        return this.#elements.filter(({ tagName }) => names.length === 0 || names.includes(tagName));
    }

    /** @throws when there is none. */
    byId(id: string): Element {
        const found = this.#elements.find((element) => attribute(element, "id") === id);
        if (found === undefined) {
            throw new Error(`the page has no element with the id '${id}'`);
        }
        return found;
    }

    /** All attributes of all elements. */
    get attributes(): readonly { readonly name: string; readonly value: string }[] {
        return this.#elements.flatMap(({ attrs }) => attrs);
    }
}

export function attribute({ attrs }: Element, name: string): string | undefined {
    return attrs.find((one) => one.name === name)?.value;
}

/** Text of a node and all below it, with single blanks. */
export function textOf(node: DefaultTreeAdapterTypes.Node): string {
    const text = (one: DefaultTreeAdapterTypes.Node): string => ("value" in one ? one.value : "childNodes" in one ? one.childNodes.map(text).join(" ") : "");
    return text(node).replaceAll(/\s+/g, " ").trim();
}

/** Elements below a node, itself left out. */
export function elementsIn(node: DefaultTreeAdapterTypes.Node): readonly Element[] {
    return "childNodes" in node ? node.childNodes.flatMap((child) => ("tagName" in child ? [child, ...elementsIn(child)] : elementsIn(child))) : [];
}
