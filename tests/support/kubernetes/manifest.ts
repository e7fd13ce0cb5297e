/** An object of Kubernetes as it stands in YAML. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
  spec?: Record<string, unknown>;
  data?: Record<string, string>;
}

export interface Container {
  name: string;
  image: string;
  restartPolicy?: string;
  args?: string[];
  env?: { name: string; value?: string; valueFrom?: object }[];
  envFrom?: { configMapRef?: { name: string }; secretRef?: { name: string } }[];
  ports?: { name?: string; containerPort: number }[];
  volumeMounts?: { name: string; mountPath: string }[];
  securityContext?: Record<string, unknown>;
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
  startupProbe?: Probe;
  livenessProbe?: Probe;
  readinessProbe?: Probe;
}

export interface Probe {
  httpGet?: { path: string; port: string | number };
  tcpSocket?: { port: string | number };
}

export interface Workload {
  name: string;
  kind: string;
  selector: Record<string, string>;
  labels: Record<string, string>;
  volumes: string[];
  graceSeconds: number;
  /** Those that go on for the life of the pod, sidecars included. */
  containers: Container[];
  /** Those that end before the others start. */
  initial: Container[];
}

type Labels = { matchLabels: Record<string, string> };
interface PodSpec {
  terminationGracePeriodSeconds?: number;
  volumes?: { name: string }[];
  initContainers?: Container[];
  containers: Container[];
}
interface WorkloadSpec {
  selector: Labels;
  template: { metadata: { labels: Record<string, string> }; spec: PodSpec };
  volumeClaimTemplates?: { metadata: { name: string } }[];
}

export function workloadsOf(manifests: readonly Manifest[]): Workload[] {
  return manifests
    .filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet')
    .map(({ kind, metadata, spec }) => {
      const { selector, template, volumeClaimTemplates = [] } = spec as unknown as WorkloadSpec;
      const pod = template.spec;
      const initial = pod.initContainers ?? [];
      return {
        name: metadata.name,
        kind,
        selector: selector.matchLabels,
        labels: template.metadata.labels,
        volumes: [
          ...(pod.volumes ?? []).map(({ name }) => name),
          ...volumeClaimTemplates.map((one) => one.metadata.name),
        ],
        graceSeconds: pod.terminationGracePeriodSeconds ?? 30,
        containers: [...initial.filter(({ restartPolicy }) => restartPolicy === 'Always'), ...pod.containers],
        initial: initial.filter(({ restartPolicy }) => restartPolicy !== 'Always'),
      };
    });
}

export function matches(selector: Record<string, string>, labels: Record<string, string>): boolean {
  return Object.entries(selector).every(([name, value]) => labels[name] === value);
}
