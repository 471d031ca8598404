import type { Problem } from "../preflight/preflight.ts";
import { type DoctorFinding, found } from "./finding.ts";

/** The part of a StorageClass that is judged. */
export interface JudgedClass {
    readonly metadata?: { readonly name?: string; readonly annotations?: Readonly<Record<string, string>> };
    readonly allowVolumeExpansion?: boolean;
    readonly provisioner: string;
    readonly reclaimPolicy?: string;
}

/** What is asked of the classes. */
export interface VolumeDemand {
    /** The class that the program names. If omitted, the cluster's default. */
    readonly storageClassName?: string;
    /** Whether a volume must be able to grow. */
    readonly mustGrow: boolean;
}

const isDefaultAnnotation = "storageclass.kubernetes.io/is-default-class";

/** Whether the program's volumes find a class, and can grow when they are full. */
export function judgeStorage(classes: readonly JudgedClass[], { storageClassName, mustGrow }: VolumeDemand): DoctorFinding {
    const known = classes.map(({ metadata }) => metadata?.name ?? "").join(", ");
    const there = known === "" ? "it has none" : `it has ${known}`;
    const defaults = classes.filter(({ metadata }) => metadata?.annotations?.[isDefaultAnnotation] === "true");
    const chosen = storageClassName === undefined ? defaults[0] : classes.find(({ metadata }) => metadata?.name === storageClassName);
    if (chosen === undefined) {
        return found(
            [
                storageClassName === undefined
                    ? {
                          text: `the cluster has no default StorageClass; ${there}`,
                          fix: `annotate one with ${isDefaultAnnotation}=true, or set cluster.storageClassName`,
                      }
                    : { text: `the cluster has no StorageClass ${storageClassName}; ${there}`, fix: "make it, or correct cluster.storageClassName" },
            ],
            "",
        );
    }
    const name = chosen.metadata?.name ?? "";
    const grows = chosen.allowVolumeExpansion === true;
    const problems: readonly Problem[] = [
        ...(storageClassName === undefined && defaults.length > 1
            ? [
                  {
                      text: `the cluster has ${String(defaults.length)} default StorageClasses: ${defaults.map(({ metadata }) => metadata?.name ?? "").join(", ")}`,
                      fix: "leave the annotation on one of them, or set cluster.storageClassName",
                  },
              ]
            : []),
        ...(mustGrow && !grows
            ? [
                  {
                      text: `StorageClass ${name} does not let volumes grow`,
                      fix: `set allowVolumeExpansion: true on it where ${chosen.provisioner} can resize, or name another class`,
                  },
              ]
            : []),
    ];
    return found(
        problems,
        `StorageClass ${name}${storageClassName === undefined ? ", the default," : ""} is there; its volumes ${grows ? "can" : "can't"} grow`,
        {
            provisioner: chosen.provisioner,
            reclaimPolicy: chosen.reclaimPolicy ?? "Delete",
        },
    );
}
