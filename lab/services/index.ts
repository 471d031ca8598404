import type { ServiceName } from "../state.ts";
import { kubeControllerManager, kubeScheduler } from "./controllers.ts";
import { etcd } from "./etcd.ts";
import { kafka } from "./kafka.ts";
import { kubeApiserver } from "./kube-apiserver.ts";
import { kwok } from "./kwok.ts";
import { postgres } from "./postgres.ts";
import type { Service } from "./service.ts";

/** Every process of the lab by its name. */
export const services: Readonly<Record<ServiceName, Service>> = {
    etcd,
    "kube-apiserver": kubeApiserver,
    "kube-controller-manager": kubeControllerManager,
    "kube-scheduler": kubeScheduler,
    kwok,
    postgres,
    kafka,
};
