/** `T` where a property that may be undefined may be absent instead, as `exactOptionalPropertyTypes` tells the two apart. */
export type Defined<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

/** The properties that have a value: `{ name, ...defined({ version }) }` has no key `version` where there is no version. */
export function defined<T extends object>(values: T): Defined<T>;
export function defined(values: object): object {
    return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
