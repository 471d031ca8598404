import * as k8s from "@pulumi/kubernetes";
import { afterEach, describe, expect, it, vi } from "vitest";

import { withoutPathOfKubeconfig } from "../../components/kubeconfig.ts";
import { buildStack } from "../helpers/mocks.ts";

afterEach(() => {
    vi.unstubAllEnvs();
});

describe("a provider for Kubernetes", () => {
    it.each(["/home/somebody/.kube/config", "/tmp/pipeline-1"])("has the same inputs wherever the kubeconfig lies: %s", async (path) => {
        vi.stubEnv("KUBECONFIG", path);
        const { resources } = await buildStack(
            () => new k8s.Provider("kubernetes", { context: "nova-prod", clusterIdentifier: "nova-prod" }, { transformations: [withoutPathOfKubeconfig] }),
        );
        const { inputs } = resources.find(({ type }) => type === "pulumi:providers:kubernetes") ?? {};
        expect(inputs).toMatchObject({ context: "nova-prod", clusterIdentifier: "nova-prod" });
        expect(inputs).not.toHaveProperty("kubeconfig");
    });
});
