import * as k8s from "@pulumi/kubernetes";
import { execa } from "execa";
import { describe, expect, it } from "vitest";

import { ServiceObservability } from "../../../components/service-observability.ts";
import { labLayout } from "../../../lab/api.ts";
import { toolPath } from "../../../lab/toolchain/paths.ts";
import { documented as example } from "../../../config/observability-pages.ts";
import { buildStack, unwrap } from "../../helpers/mocks.ts";

/** The lab has the operator's custom resources, and nobody who acts on them: what is shown is that a real API server takes the objects, by their schemas. */
describe("the objects of observability", () => {
    it("are taken by a real API server, each of them", async () => {
        const stack = await buildStack(
            () =>
                new ServiceObservability(
                    "shop-observability",
                    {
                        namespace: "default",
                        scope: example,
                        selectLabels: { release: "kube-prometheus-stack" },
                        scrapeIntervalSeconds: 15,
                        watchdog: true,
                        receiverSecret: { name: "receivers", channel: "#alerts" },
                    },
                    { providers: [new k8s.Provider("cluster")] },
                ),
        );
        const objects = stack.resources.filter(({ custom, type }) => custom && type.startsWith("kubernetes:")).map(({ inputs }) => unwrap(inputs));
        expect(objects).toHaveLength(5 + 2 + 3 + 1 + 8);
        // A dry run goes through admission and the schema, and keeps nothing. Strict: a field that the schema does not know is an error.
        const { stdout } = await execa(
            toolPath("kubectl"),
            ["create", "--dry-run=server", "--validate=strict", "--output=name", `--kubeconfig=${labLayout().kubeconfig}`, "--filename=-"],
            { input: JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }) },
        );
        expect(stdout.split("\n")).toHaveLength(objects.length);
    });
});
