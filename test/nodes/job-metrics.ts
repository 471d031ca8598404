import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";

const listSchema = z.object({
    items: z.array(
        z.object({
            kind: z.string(),
            metadata: z.object({ name: z.string(), namespace: z.string() }),
            status: z.object({
                startTime: z.iso.datetime().optional(),
                lastSuccessfulTime: z.iso.datetime().optional(),
                conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
            }),
        }),
    ),
});

/**
 * Stands in for kube-state-metrics, which no registry in reach has: what it says of Jobs and CronJobs that alerts on backups read, from the live objects.
 *
 * @see https://github.com/kubernetes/kube-state-metrics/tree/main/docs/metrics/workload
 */
export class JobMetrics {
    readonly #server: Server;

    private constructor(server: Server) {
        this.#server = server;
    }

    /** @param list the namespace's Jobs and CronJobs, as `kubectl get --output=json` prints them. */
    static async start(list: () => Promise<string>): Promise<JobMetrics> {
        const server = createServer((_request, response) => {
            void list().then(
                (text) => response.setHeader("content-type", "text/plain; version=0.0.4").end(pageOf(text)),
                () => response.writeHead(503).end(),
            );
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        return new JobMetrics(server);
    }

    get port(): number {
        return (this.#server.address() as AddressInfo).port;
    }

    async stop(): Promise<void> {
        await new Promise((resolve) => this.#server.close(resolve));
    }
}

function pageOf(text: string): string {
    const seconds = (time: string): string => String(Date.parse(time) / 1_000);
    const lines = listSchema.parse(JSON.parse(text)).items.flatMap(({ kind, metadata: { name, namespace }, status }) => {
        if (kind === "CronJob") {
            return status.lastSuccessfulTime === undefined
                ? []
                : [`kube_cronjob_status_last_successful_time{namespace="${namespace}",cronjob="${name}"} ${seconds(status.lastSuccessfulTime)}`];
        }
        const failed = status.conditions.some((condition) => condition.type === "Failed" && condition.status === "True");
        return [
            ...(status.startTime === undefined ? [] : [`kube_job_status_start_time{namespace="${namespace}",job_name="${name}"} ${seconds(status.startTime)}`]),
            ...(failed ? [`kube_job_failed{namespace="${namespace}",job_name="${name}",condition="true"} 1`] : []),
        ];
    });
    return `${lines.join("\n")}\n`;
}
