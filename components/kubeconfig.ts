import type { ResourceTransformation } from "@pulumi/pulumi";

/**
 * Takes the path of the kubeconfig out of a Kubernetes provider, for its `transformations`. The provider finds the file by itself then: by KUBECONFIG where it runs,
 * else in the home folder.
 *
 * The SDK puts KUBECONFIG among the provider's inputs, and so into the stack's state: a pipeline whose file lies elsewhere than that of the last update would find
 * a change in a stack where nothing has changed.
 */
export const withoutPathOfKubeconfig: ResourceTransformation = ({ props, opts }) => ({
    props: Object.fromEntries(Object.entries(props).filter(([name]) => name !== "kubeconfig")),
    opts,
});
