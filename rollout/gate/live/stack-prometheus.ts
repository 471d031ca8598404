import { defined } from "../../defined.ts";
import { type PrometheusClient, prometheusClient } from "./prometheus.ts";
import { readSecret } from "../../settings/live/secret-source.ts";
import type { MetricsConfig } from "../../settings/metrics.ts";

/** The part of a stack's config that says where its Prometheus is, and how to get in. */
export type PrometheusLocation = Pick<MetricsConfig, "prometheusUrl" | "prometheusTokenVariable" | "prometheusTokenFile" | "prometheusCertificateAuthority">;

/**
 * The Prometheus of a stack. Its token is read for each question, so that a renewed one counts at once. Where the config names a token that can't be read,
 * every answer is `missing` and says so: it sends no query without the token.
 *
 * @param variables the environment to find the token in. @default the process' own
 * @throws {Error} when the address is not valid.
 */
export function stackPrometheus(
    { prometheusUrl: url, prometheusTokenVariable: variable, prometheusTokenFile: file, prometheusCertificateAuthority }: PrometheusLocation,
    variables: Readonly<Record<string, string | undefined>> = process.env,
): PrometheusClient {
    const source = defined({ variable, file });
    const bearerToken = async (): Promise<string> => {
        const reading = await readSecret(source, variables);
        if (reading.kind === "missing") {
            throw new Error(`its token can't be read: ${reading.reason}`);
        }
        return reading.value;
    };
    return prometheusClient({
        url,
        ...(variable === undefined && file === undefined ? {} : { bearerToken }),
        ...defined({ certificateAuthority: prometheusCertificateAuthority }),
    });
}
