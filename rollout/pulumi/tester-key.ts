import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

import { testerKeyEntry, testerKeySecretName } from "../route/testers.ts";
import { recommendedLabels } from "./labels.ts";

export interface TesterKeyArgs {
    readonly namespace: pulumi.Input<string>;
    /** Name of the service that is tested. */
    readonly service: string;
    /**
     * A word that stands for the present key, such as a date. A new word gives a new key.
     *
     * @default the key of the first `up`
     */
    readonly rotation?: string;
}

/**
 * The secret by which testers reach a candidate: generated, encrypted in the state, and in one Secret from which probes, the watchdog and testers read it.
 *
 * The route carries it too, since a gateway compares it there: a user who may read HTTPRoutes in the namespace may read it.
 */
export class TesterKey extends pulumi.ComponentResource {
    /** The key, as a secret output. */
    public readonly key: pulumi.Output<string>;

    constructor(name: string, args: TesterKeyArgs, opts?: pulumi.ComponentResourceOptions) {
        super("progressive-rollout:traffic:TesterKey", name, args, opts);
        const { namespace, service, rotation } = args;
        // 32 of 62 characters are 190 bits, and none needs an escape in a header or a shell.
        const generated = new random.RandomPassword(
            `${name}-value`,
            { length: 32, special: false, ...(rotation === undefined ? {} : { keepers: { rotation } }) },
            { parent: this },
        );
        this.key = pulumi.secret(generated.result);
        new k8s.core.v1.Secret(
            `${name}-secret`,
            {
                metadata: { name: testerKeySecretName(service), namespace, labels: recommendedLabels({ service, component: "tester-key" }) },
                stringData: { [testerKeyEntry]: this.key },
            },
            { parent: this },
        );
        this.registerOutputs({ key: this.key });
    }
}
