import type { V1Pod } from "@kubernetes/client-node";

import { defined } from "../../defined.ts";
import { type ImageReference, imageReference } from "../../preflight/registry/live/image.ts";
import { registry } from "../../preflight/registry/live/registry.ts";
import { type DoctorFinding, found, notTried, unknown } from "../finding.ts";
import type { DoctorContext } from "./context.ts";

/** Whether the watchdog's image is named so that nobody can move it, and can be pulled: as far as pods that run it or the registry show. */
export async function watchdogImage(
    { api, namespace, service, environment, watchdogImage: image, registryLogin }: DoctorContext,
    _: unknown,
    signal: AbortSignal,
): Promise<DoctorFinding> {
    if (image === undefined) {
        return notTried("the stack has no watchdog");
    }
    const reference = imageReference(image);
    if (reference.digest === undefined && environment !== "lab") {
        return found(
            [
                {
                    text: `watchdog.image names ${image} by a tag, which whoever may push can move`,
                    fix: "write its digest: docs/your-cluster.md, 'The watchdog's image'",
                },
            ],
            "",
        );
    }
    const selector = { namespace, labelSelector: `app.kubernetes.io/name=${service},app.kubernetes.io/component=watchdog` };
    const { value } = await api.ask(({ core }, options) => core.listNamespacedPod(selector, options));
    const pods = value.items.filter(({ spec }) => spec?.containers.some((container) => container.image === image) === true);
    const refused = pods.flatMap(pullProblems);
    if (refused.length > 0) {
        return found(
            [
                {
                    text: `the nodes can't pull ${image}: ${[...new Set(refused)].join("; ")}`,
                    fix: "let the nodes log in to the registry, or correct watchdog.image",
                },
            ],
            "",
        );
    }
    const running = pods.filter(({ status }) => status?.containerStatuses?.some(({ state }) => state?.running !== undefined) === true);
    if (running.length > 0) {
        return found([], `${String(running.length)} pods run ${image}`);
    }
    return reference.digest === undefined
        ? unknown(`no pod runs ${image} yet, and without a digest the registry can't say what it is`, "name it by digest, or deploy it")
        : atRegistry({ ...reference, digest: reference.digest }, registryLogin, signal);
}

async function atRegistry(
    image: ImageReference & { readonly digest: string },
    registryLogin: DoctorContext["registryLogin"],
    signal: AbortSignal,
): Promise<DoctorFinding> {
    const login = await registryLogin(image.registry);
    const client = registry({ url: `https://${image.registry}`, ...defined({ login }) });
    try {
        const manifest = await client.manifest(image, signal);
        return found(
            manifest === undefined
                ? [
                      {
                          text: `${image.registry} has no ${image.repository}@${image.digest}`,
                          fix: "build and push it: docs/your-cluster.md, 'The watchdog's image'",
                      },
                  ]
                : [],
            `${image.registry} has ${image.repository}@${image.digest}, as seen from here; whether the nodes may pull it only a pod shows`,
        );
    } finally {
        await client.close();
    }
}

/** @see https://kubernetes.io/docs/concepts/containers/images/#imagepullbackoff */
function pullProblems({ status }: V1Pod): readonly string[] {
    return (status?.containerStatuses ?? []).flatMap(({ state }) => {
        const waiting = state?.waiting;
        const [reason, message] = [waiting?.reason ?? "", waiting?.message];
        return /^(ErrImagePull|ImagePullBackOff|InvalidImageName|ErrImageNeverPull)$/.test(reason)
            ? [`${reason}${message === undefined ? "" : `: ${message}`}`]
            : [];
    });
}
