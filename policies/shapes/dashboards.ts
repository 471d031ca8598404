import type { KubernetesObject } from "../engine/subject.ts";
import { type ConfigFile, configFiles } from "./config-text.ts";

/** The dashboards in a ConfigMap that Grafana loads: it is labelled `grafana_dashboard`. */
export function dashboardsIn(object: KubernetesObject): readonly ConfigFile[] {
    return object.labels.grafana_dashboard === undefined ? [] : configFiles(object, /\.json$/);
}

/** The uid of a dashboard, or undefined when the text is no JSON object or has none. */
export function uidOf(dashboard: ConfigFile): string | undefined {
    try {
        const parsed: unknown = JSON.parse(dashboard.content);
        const uid: unknown = typeof parsed === "object" && parsed !== null ? Reflect.get(parsed, "uid") : undefined;
        return typeof uid === "string" && uid !== "" ? uid : undefined;
    } catch {
        return undefined;
    }
}
