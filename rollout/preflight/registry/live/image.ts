import { defined } from "../../../defined.ts";

/** An image by digest. */
export interface ImageReference {
    /** `registry.example.com`, with its port where it has one. */
    readonly registry: string;
    /** `shop/checkout` */
    readonly repository: string;
    /** Absent where the reference has none. */
    readonly tag?: string;
    /** `sha256:<64 hex>`. Absent where the reference has none. */
    readonly digest?: string;
}

/** The parts of an image's reference, `registry/repository:tag@digest`. @throws {RangeError} where it is not one. */
export function imageReference(text: string): ImageReference {
    const [, registry, repository, tag, digest] = /^([^/]+)\/(.+?)(?::([\w][\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$/.exec(text) ?? [];
    if (registry === undefined || repository === undefined) {
        throw new RangeError(`'${text}' is no image reference: write registry/repository:tag@sha256:<64 hex>`);
    }
    return { registry, repository, ...defined({ tag, digest }) };
}
