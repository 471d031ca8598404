import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { getOk } from "../http.ts";
import type { LabLayout } from "../layout.ts";
import { secondGatewayInside } from "../network.ts";
import { addGatewayScrape, staticTarget } from "../prometheus.ts";
import { toolPath } from "../toolchain/paths.ts";
import { waitUntil } from "../wait.ts";
import { deploymentOfEnvoy, envoyGatewayNamespace, homeFolder, secondGatewayJob, writeCertificates } from "./envoy-gateway.ts";
import type { Service } from "./service.ts";

/**
 * The data plane of the lab's second gateway. Envoy Gateway makes a Deployment for it, whose pods no node of this lab runs: so the lab runs Envoy in their place, with the
 * bootstrap and the other arguments that stand in the Deployment. On real nodes the pods run.
 */
export const envoyGatewayProxy: Service = {
    name: "envoy-gateway-proxy",
    nodes: "simulated",
    onDemand: ["envoy"],
    needs: ["envoy-gateway", "prometheus"],
    after: ["network"],
    inside: true,
    readyWithinMs: 60_000,
    prepare: async ({ layout, state }) => {
        const sds = join(homeFolder(layout), "sds");
        await mkdir(sds, { recursive: true });
        await writeCertificates(layout, "envoy", certificatesFolder(layout));
        await writeFile(join(sds, "xds-trusted-ca.json"), trustedAuthority(layout));
        await writeFile(join(sds, "xds-certificate.json"), ownCertificate(layout));
        const made = await waitUntil(() => argumentsOfDeployment(layout), { what: "the Deployment that Envoy Gateway makes for its Envoy", withinMs: 60_000 });
        await writeFile(argumentsFile(layout), JSON.stringify(await argumentsHere(layout, made)));
        await addGatewayScrape(layout, state, secondGatewayJob, staticTarget(secondGatewayInside.simulated.statisticsUrl));
    },
    command: ({ layout }) => ({
        file: toolPath("envoy"),
        workingDirectory: layout.data,
        // Handing over to a newer Envoy uses names that two labs would share.
        args: [...argumentsSchema.parse(JSON.parse(readFileSync(argumentsFile(layout), "utf8"))), "--disable-hot-restart"],
    }),
    check: async ({ state }) => {
        // Envoy has this listener from its control plane: so it answers only where it was told what to do.
        await getOk("http://127.0.0.1:19003/ready", { proxy: `http://127.0.0.1:${String(state.ports.podProxy)}` });
    },
};

function certificatesFolder(layout: LabLayout): string {
    return join(homeFolder(layout), "certificates");
}

const argumentsSchema = z.array(z.string());

function argumentsFile(layout: LabLayout): string {
    return join(homeFolder(layout), "envoy-arguments.json");
}

/** @throws {Error} while there is no Deployment with Envoy's arguments. */
async function argumentsOfDeployment(layout: LabLayout): Promise<readonly string[]> {
    const args = (await deploymentOfEnvoy(layout)).spec?.template.spec?.containers.find(({ name }) => name === "envoy")?.args;
    if (args === undefined) {
        throw new Error(`the Deployment in namespace ${envoyGatewayNamespace} has no container envoy`);
    }
    return args;
}

/** The arguments of the pod's Envoy, for one on this machine: the control plane is at another address, its certificates are in other files, and there is no kubelet to fill in variables. */
async function argumentsHere(layout: LabLayout, made: readonly string[]): Promise<readonly string[]> {
    const home = homeFolder(layout);
    const here = made.map((argument) =>
        argument
            .replaceAll(/envoy-gateway\.envoy-gateway-system\.svc\.cluster\.local\.?/g, "127.0.0.1")
            .replaceAll("/sds/", `${home}/sds/`)
            .replaceAll(/\$\([A-Z_]+\)/g, "lab"),
    );
    const bootstrap = here.indexOf("--config-yaml");
    const file = join(home, "envoy.yaml");
    await writeFile(file, here[bootstrap + 1] ?? "");
    return here.toSpliced(bootstrap, 2, "--config-path", file);
}

/** What Envoy reads to know its control plane by. As Envoy Gateway has it in a ConfigMap of the pod's. */
function trustedAuthority(layout: LabLayout): string {
    return secret("xds_trusted_ca", {
        validation_context: {
            trusted_ca: { filename: join(certificatesFolder(layout), "ca.crt") },
            match_typed_subject_alt_names: [{ san_type: "DNS", matcher: { exact: "envoy-gateway" } }],
        },
    });
}

function ownCertificate(layout: LabLayout): string {
    const folder = certificatesFolder(layout);
    return secret("xds_certificate", {
        tls_certificate: { certificate_chain: { filename: join(folder, "tls.crt") }, private_key: { filename: join(folder, "tls.key") } },
    });
}

function secret(name: string, value: object): string {
    return JSON.stringify({ resources: [{ "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret", name, ...value }] });
}
