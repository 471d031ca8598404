import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { mistakes } from "./mistakes.ts";

/** A Kubernetes resource of any kind, typed ones included: what is declared here is data. */
class Declared extends pulumi.CustomResource {}

/** A program that only exists to be previewed with the policy pack: it declares what the stack's config names. */
const config = new pulumi.Config();
const mistake = mistakes[config.require("mistake")];
if (mistake === undefined) {
    throw new Error(`mistake is "${config.require("mistake")}": use one of ${Object.keys(mistakes).join(", ")}`);
}
const provider = new k8s.Provider("kubernetes", { context: config.require("kubeContext") });
for (const { type, name, properties } of mistake) {
    new Declared(type, name, { ...properties }, { provider });
}
