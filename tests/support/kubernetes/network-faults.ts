import { matches, type Manifest, type Workload } from './manifest.js';

interface Selector {
  matchLabels?: Record<string, string>;
}
interface Peer {
  podSelector?: Selector;
  namespaceSelector?: Selector;
}
interface Rule {
  from?: Peer[];
  to?: Peer[];
  ports?: { port: string | number }[];
}
interface PolicySpec {
  podSelector: Selector;
  ingress?: Rule[];
  egress?: Rule[];
}
interface ServiceSpec {
  selector: Record<string, string>;
  ports: { targetPort: string | number }[];
}

/** Services and policies that lead to no pod, or to a port that it does not have. */
export function networkFaults(manifests: readonly Manifest[], workloads: readonly Workload[]): string[] {
  return manifests.flatMap((manifest) => {
    const faults =
      manifest.kind === 'NetworkPolicy'
        ? policyFaults(manifest.spec as unknown as PolicySpec, workloads)
        : manifest.kind === 'Service'
          ? serviceFaults(manifest.spec as unknown as ServiceSpec, workloads)
          : [];
    return faults.map((fault) => `${manifest.kind} ${manifest.metadata.name}: ${fault}`);
  });
}

function serviceFaults({ selector, ports }: ServiceSpec, workloads: readonly Workload[]): string[] {
  const pods = workloads.filter(({ labels }) => matches(selector, labels));
  if (pods.length === 0) return ['selects no pod'];
  return ports.flatMap(({ targetPort }) => portFaults(targetPort, pods));
}

function policyFaults(
  { podSelector, ingress = [], egress = [] }: PolicySpec,
  workloads: readonly Workload[],
): string[] {
  const own = selected(podSelector, workloads);
  if (own.length === 0) return ['is about no pod'];
  const faults = ingress.flatMap(({ ports = [] }) => ports.flatMap(({ port }) => portFaults(port, own)));
  for (const rule of [...ingress, ...egress]) {
    const peers = (rule.from ?? rule.to ?? []).filter(
      ({ podSelector, namespaceSelector }) => podSelector && !namespaceSelector,
    );
    for (const peer of peers) {
      const there = selected(peer.podSelector ?? {}, workloads);
      if (there.length === 0) faults.push(`names pods that do not exist: ${JSON.stringify(peer.podSelector)}`);
      else if (rule.to) faults.push(...(rule.ports ?? []).flatMap(({ port }) => portFaults(port, there)));
    }
  }
  return faults;
}

function selected(selector: Selector, workloads: readonly Workload[]): Workload[] {
  return workloads.filter(({ labels }) => matches(selector.matchLabels ?? {}, labels));
}

function portFaults(port: string | number, pods: readonly Workload[]): string[] {
  return pods
    .filter(({ containers }) => !containers.some(({ ports = [] }) => ports.some((one) => hasPort(one, port))))
    .map(({ name }) => `${name} has no port ${port}`);
}

export function hasPort(one: { name?: string; containerPort: number }, port: string | number): boolean {
  return one.name === port || one.containerPort === port;
}
