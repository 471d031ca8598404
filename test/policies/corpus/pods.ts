import type { Case } from "./case.ts";
import { container, cronJob, deployment, job, object, patch, podSpec, signed, statefulSet } from "./small.ts";

const privileged = {
    containers: [
        container({ securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] }, privileged: true } }),
    ],
};

/** Pods: where they stand, and what they may do on their node. */
export const podCases: readonly Case[] = [
    { title: "a clean Deployment", objects: [deployment("api")], finds: [] },
    { title: "a clean StatefulSet", objects: [statefulSet("api")], finds: [] },
    { title: "a clean Job", objects: [job("once")], finds: [] },
    { title: "a clean CronJob", objects: [cronJob("nightly")], finds: [] },
    { title: "a privileged Deployment", objects: [deployment("api", privileged)], finds: ["no-privileged-container"] },
    { title: "a privileged CronJob", objects: [cronJob("nightly", privileged)], finds: ["no-privileged-container"] },
    {
        title: "a Pod by itself",
        objects: [object("v1", "Pod", "api", { spec: podSpec() }, { annotations: signed })],
        finds: ["no-naked-pod"],
    },
    {
        title: "two privileged containers",
        objects: [deployment("api", { containers: [...privileged.containers, { ...privileged.containers[0], name: "two" }] })],
        finds: ["no-privileged-container x2"],
    },
    {
        title: "a patch that says nothing of the pod",
        objects: [patch("apps/v1", "Deployment", "api", { spec: { replicas: 3 } })],
        finds: [],
    },
    {
        title: "a patch that makes a container privileged",
        objects: [
            patch("apps/v1", "Deployment", "api", { spec: { template: { spec: { containers: [{ name: "web", securityContext: { privileged: true } }] } } } }),
        ],
        finds: ["no-privileged-container"],
    },
];
