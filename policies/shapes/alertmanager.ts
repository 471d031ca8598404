import { parse } from "yaml";

import { plainCopy } from "../engine/copy.ts";
import type { KubernetesObject } from "../engine/subject.ts";
import { fields, type Fields, list, type Plain, Unjudgeable } from "../engine/value.ts";
import { configFiles } from "./config-text.ts";

/** The kinds that configure Alertmanager. */
export const alertmanagerKinds = ["monitoring.coreos.com/AlertmanagerConfig", "core/ConfigMap", "core/Secret"] as const;

/** A configuration of Alertmanager, and where it stands in its object. */
export interface AlertmanagerConfiguration {
    readonly path: string;
    readonly config: Fields;
}

/** The configurations in an object: an AlertmanagerConfig's spec, or the file alertmanager.yaml. @throws Unjudgeable when the file is no YAML. */
export function alertmanagerIn(object: KubernetesObject): readonly AlertmanagerConfiguration[] {
    if (object.kind === "AlertmanagerConfig") {
        return [{ path: "spec", config: fields(object.body, "spec") ?? {} }];
    }
    return configFiles(object, /^alertmanager\.ya?ml$/).map(({ key, content }) => ({ path: `data.${key}`, config: parsed(key, content) }));
}

/** A key that is `snake_case` in the file and `camelCase` in the custom resource. */
export function either(value: Plain | undefined, snake: string): readonly Plain[] {
    const camel = snake.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
    return [...list(value, snake), ...(camel === snake ? [] : list(value, camel))];
}

/** The routes below a route, itself first. */
export function* routesOf(route: Plain | undefined): Generator<Plain> {
    if (route !== undefined) {
        yield route;
        for (const child of list(route, "routes")) {
            yield* routesOf(child);
        }
    }
}

function parsed(key: string, content: string): Fields {
    try {
        const value: unknown = parse(content, { maxAliasCount: 100 });
        return typeof value === "object" && value !== null ? plainCopy(value) : {};
    } catch {
        throw new Unjudgeable(`data.${key}`, "malformed", "it is not YAML");
    }
}
