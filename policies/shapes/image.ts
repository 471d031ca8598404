/** The parts of an image reference, as https://github.com/distribution/reference defines them. */
export interface ImageReference {
    /** Host of the registry, or undefined where the reference leaves it to the runtime's default. */
    readonly registry: string | undefined;
    readonly repository: string;
    readonly tag: string | undefined;
    /** `sha256:<64 hex>`, or in another algorithm. */
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

/** Whether a digest is of full length, in an algorithm that the OCI image specification registers: a shorter one is a typing mistake. */
export function isDigest(digest: string | undefined): boolean {
    return digest !== undefined && /^((sha256|blake3):[0-9a-f]{64}|sha512:[0-9a-f]{128})$/.test(digest);
}
