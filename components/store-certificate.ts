import type * as pulumi from "@pulumi/pulumi";

import { Certificate } from "./certificate.ts";
import type { StoreArgs, StoreEncryption } from "./store.ts";

/** What a store knows once its certificate is declared. */
export interface StoreTrust {
    /** Name of the Secret to mount: `tls.crt`, `tls.key`, `ca.crt`. Undefined: no TLS. */
    readonly certificateName: pulumi.Output<string> | undefined;
    /** What its clients need to know. */
    readonly encryption: StoreEncryption;
}

/**
 * Declares the certificate of the store `store`, in the Secret `<store>-tls` of the store's namespace.
 *
 * @param hostnames every name that a client or another pod of the store connects to.
 * @param parent the store.
 */
export function storeCertificate(store: string, args: StoreArgs, hostnames: readonly pulumi.Input<string>[], parent: pulumi.Resource): StoreTrust {
    if (args.certificate === undefined) {
        return { certificateName: undefined, encryption: { kind: "none" } };
    }
    const { namespace, service, awaitTimeoutSeconds } = args;
    const { secretName } = new Certificate(
        `${store}-certificate`,
        { ...args.certificate, namespace, service, hostnames, secretName: `${store}-tls`, awaitTimeoutSeconds },
        { parent },
    );
    return { certificateName: secretName, encryption: { kind: "private", secretName } };
}
