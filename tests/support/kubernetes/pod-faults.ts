import { environmentFaults, listeningPorts } from './environment-faults.js';
import { matches, type Container, type Manifest, type Workload } from './manifest.js';
import { hasPort } from './network-faults.js';

/** What is wrong with a pod beyond what a schema can tell. */
export function podFaults(workload: Workload, manifests: readonly Manifest[]): string[] {
  const faults: string[] = [];
  if (!matches(workload.selector, workload.labels)) faults.push('its selector does not match the labels of its pods');
  for (const container of [...workload.initial, ...workload.containers]) {
    const own = [
      ...mountFaults(container, workload),
      ...portFaults(container, manifests),
      ...environmentFaults(container, manifests),
      ...hardeningFaults(container),
    ];
    faults.push(...own.map((fault) => `${container.name}: ${fault}`));
  }
  return faults.map((fault) => `${workload.kind} ${workload.name}: ${fault}`);
}

function mountFaults({ volumeMounts = [] }: Container, { volumes }: Workload): string[] {
  return volumeMounts.filter(({ name }) => !volumes.includes(name)).map(({ name }) => `there is no volume ${name}`);
}

function portFaults(container: Container, manifests: readonly Manifest[]): string[] {
  const ports = container.ports ?? [];
  const listening = listeningPorts(container, manifests) ?? [];
  const silent = ports.filter(({ containerPort }) => !listening.includes(containerPort));
  const probes = [container.startupProbe, container.livenessProbe, container.readinessProbe];
  const probed = probes.flatMap((probe) => probe?.httpGet?.port ?? probe?.tcpSocket?.port ?? []);
  return [
    ...silent.map(({ containerPort }) => `no process listens on ${containerPort}`),
    ...probed.filter((port) => !ports.some((one) => hasPort(one, port))).map((port) => `a probe asks port ${port}`),
  ];
}

/** Everything but an engine runs as an ordinary user who can do nothing but its work. */
function hardeningFaults({ name, securityContext, resources }: Container): string[] {
  const faults = resources?.limits?.['memory'] && resources.requests?.['cpu'] ? [] : ['its resources are not bounded'];
  if (name === 'engine') return faults;
  const wanted = { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } };
  for (const [field, value] of Object.entries(wanted))
    if (JSON.stringify(securityContext?.[field]) !== JSON.stringify(value)) faults.push(`${field} is not set`);
  return faults;
}
