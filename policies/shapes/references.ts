import type { Reference } from "../engine/rule.ts";

/** A control of the Pod Security Standards, as `k8s.io/pod-security-admission` implements it. */
export function podSecurity(profile: "baseline" | "restricted", control: string): Reference {
    return { framework: "Pod Security Standards", control: `${profile}: ${control}` };
}

/** A chapter of the NSA/CISA Kubernetes Hardening Guide (version 1.2, August 2022). */
export function nsa(chapter: string): Reference {
    return { framework: "NSA/CISA Kubernetes Hardening Guide", control: chapter };
}

/** A control of the CIS Kubernetes Benchmark (version 1.12). */
export function cis(control: string): Reference {
    return { framework: "CIS Kubernetes Benchmark", control };
}

/** A page of the Kubernetes documentation, below https://kubernetes.io/docs/. */
export function documentation(page: string): Reference {
    return { framework: "Kubernetes documentation", control: page };
}

/** A section of the production deployment checklist. */
export function checklist(section: string): Reference {
    return { framework: "Production deployment checklist", control: section };
}
