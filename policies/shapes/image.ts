/** The parts of an image reference, as https://github.com/distribution/reference defines them. */
export interface ImageReference {
    /** Host of the registry, or undefined where the reference leaves it to the runtime's default. */
    readonly registry: string | undefined;
    readonly repository: string;
    readonly tag: string | undefined;
    /** `sha256:<64 hex>`. */
    readonly digest: string | undefined;
}

/** Reads an image reference, or gives undefined when it is none. */
export function parseImage(image: string): ImageReference | undefined {
    const match = /^(?<name>[^@\s]+?)(?::(?<tag>\w[\w.-]{0,127}))?(?:@(?<digest>[a-z0-9]+:[0-9a-fA-F]+))?$/.exec(image);
    const name = match?.groups?.name;
    if (name === undefined) {
        return undefined;
    }
    const [first = "", ...rest] = name.split("/");
    const hasRegistry = rest.length > 0 && (first.includes(".") || first.includes(":") || first === "localhost");
    return {
        registry: hasRegistry ? first : undefined,
        repository: hasRegistry ? rest.join("/") : name,
        tag: match?.groups?.tag,
        digest: match?.groups?.digest,
    };
}

/** Whether a digest is a SHA-256 one of full length: a shorter one is a typing mistake. */
export function isSha256(digest: string | undefined): boolean {
    return digest !== undefined && /^sha256:[0-9a-f]{64}$/.test(digest);
}
