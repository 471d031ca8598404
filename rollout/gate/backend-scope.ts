/** Whose backend a gateway's series are about. */
export interface BackendScope {
    readonly namespace: string;
    readonly service: string;
    readonly revision: string;
}

/** The text with the names of `scope` in its placeholders. */
export function filledIn(template: string, { namespace, service, revision }: BackendScope): string {
    return template.replaceAll("{namespace}", namespace).replaceAll("{service}", service).replaceAll("{revision}", revision);
}
