import type { Problem } from "./preflight.ts";

/** A target of Prometheus, as far as it is judged. */
export interface Scrape {
    readonly labels: Readonly<Record<string, string>>;
    readonly health: "up" | "down" | "unknown";
    /** Empty when the last scrape went well. */
    readonly lastError: string;
}

/** Ready pods of a revision, which Prometheus is to scrape. */
export interface ScrapedPods {
    readonly namespace: string;
    readonly service: string;
    readonly revision: string;
    /** Their names. */
    readonly pods: readonly string[];
}

/** What is wrong with the scrapes of a revision's pods: each has a target with the labels of docs/service-contract.md, and its last scrape went well. */
export function scrapeProblems(targets: readonly Scrape[], { namespace, service, revision, pods }: ScrapedPods): readonly Problem[] {
    return pods.length === 0
        ? [{ text: `${revision} has no ready pod`, fix: "run 'pulumi up', and see why its pods are not ready" }]
        : pods.flatMap((name): readonly Problem[] => {
              const target = targets.find(({ labels }) => labels.namespace === namespace && labels.pod === name && labels.service === service);
              return target === undefined
                  ? [
                        {
                            text: `Prometheus does not scrape ${name}`,
                            fix: "see that the PodMonitor or scrape configuration selects it, and adds the labels of docs/service-contract.md",
                        },
                    ]
                  : target.labels.revision !== revision
                    ? [
                          {
                              text: `Prometheus has ${name} under revision '${target.labels.revision ?? ""}', not ${revision}`,
                              fix: "take the label revision from the pod's own label",
                          },
                      ]
                    : target.health === "up"
                      ? []
                      : [
                            {
                                text: `the scrape of ${name} is ${target.health}: ${target.lastError}`,
                                fix: "see that the network lets Prometheus reach the port 'metrics'",
                            },
                        ];
          });
}
