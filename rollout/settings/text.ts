import { z } from "zod";

/** Forms of text and numbers that more than one key of the stack config has, each with the fix that its error message gives. */

/** A DNS label, as most names in Kubernetes are. https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
export const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
/** A DNS label that leaves room for what the program adds to it: a letter first, at most 30 characters. */
export const shortDnsLabel = /^[a-z]([-a-z0-9]{0,28}[a-z0-9])?$/;
/** A DNS name of at most 253 characters. */
export const dnsName = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$/;
/** `host:port`, in lower case. */
export const hostAndPort = /^(?=.{1,259}$)[a-z0-9]([-a-z0-9.]*[a-z0-9])?:(?:[1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5])$/;

/** Text that is not empty. */
export const text = z.string().min(1, "is empty");
/** A TCP port. */
export const port = z.int("is not a whole number").min(1, "is not a port").max(65_535, "is not a port");
/** A host name or an IPv4 address. */
export const host = text.regex(dnsName, "is not a host name or an IPv4 address");

const bareUrl = /^https?:\/\/[^\s/?#@]+(\/[^\s?#@]*)?$/;
/** Address of an HTTP service, with no credentials, query or fragment. */
export const url = text.regex(bareUrl, "is not the address of an HTTP service");

const imageReference = /^[a-z0-9][-a-z0-9.]*(:\d+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)+(:[\w][\w.-]{0,127})?(@sha256:[0-9a-f]{64})?$/;

/** An image: `description` says what of. */
export const image = (description: string) =>
    text.regex(imageReference, "is not an image reference").meta({
        description: `${description} By digest in staging and prod; a tag will do in the lab.`,
        examples: [`registry.example.com/shop/image:1.0.0@sha256:${"0".repeat(64)}`],
        fix: "write registry/repository:tag@sha256:<64 hex>, all of it in lower case but the tag",
    });

/** Size of a volume, such as `20Gi`. */
export const volumeSize = text.regex(/^[1-9]\d*(Mi|Gi|Ti)$/, "is not a size");

/** What to write where a value is not a {@link url}. */
export const urlFix = "write http:// or https://, a host and a port, with no credentials, query or fragment";
/** What to write where a value does not fit {@link dnsLabel}. */
export const dnsLabelFix = "use 1 to 63 lower-case letters, digits and hyphens, with no hyphen at an end";
/** What to write where a value does not fit {@link shortDnsLabel}. */
export const shortDnsLabelFix = "use 1 to 30 lower-case letters, digits and hyphens, a letter first and no hyphen at the end";
/** What to write where a value does not fit {@link dnsName}. */
export const dnsNameFix = "use lower-case letters, digits, hyphens and dots";
/** What to write where a value is not a {@link port}. */
export const portFix = "use a whole number from 1 to 65535";
/** What to write where a value is not a {@link volumeSize}. */
export const volumeSizeFix = "write a whole number with Mi, Gi or Ti";
