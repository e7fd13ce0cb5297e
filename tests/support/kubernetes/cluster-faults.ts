import { environmentOf, unreadVariables } from './environment-faults.js';
import { matches, workloadsOf, type Manifest, type Workload } from './manifest.js';
import { networkFaults } from './network-faults.js';
import { podFaults } from './pod-faults.js';
import { schemaFaults } from './schema-faults.js';

/** Everything that can be found wrong without a cluster. */
export function clusterFaults(manifests: readonly Manifest[]): string[] {
  const schema = manifests.flatMap(schemaFaults);
  // What follows trusts the shapes.
  if (schema.length > 0) return schema;
  const workloads = workloadsOf(manifests);
  return [
    ...workloads.flatMap((workload) => podFaults(workload, manifests)),
    ...unreadVariables(manifests),
    ...networkFaults(manifests, workloads),
    ...manifests.flatMap((manifest) => targetFaults(manifest, workloads)),
    ...graceFaults(manifests, workloads),
  ];
}

interface Targeting {
  scaleTargetRef?: { kind: string; name: string };
  selector?: { matchLabels?: Record<string, string> };
}

/** Autoscalers and disruption budgets that are about nothing. */
function targetFaults({ kind, metadata, spec }: Manifest, workloads: readonly Workload[]): string[] {
  const { scaleTargetRef: target, selector } = (spec ?? {}) as Targeting;
  const name = `${kind} ${metadata.name}`;
  if (target && !workloads.some((one) => one.kind === target.kind && one.name === target.name))
    return [`${name}: there is no ${target.kind} ${target.name}`];
  if (kind === 'PodDisruptionBudget' && !workloads.some(({ labels }) => matches(selector?.matchLabels ?? {}, labels)))
    return [`${name}: selects no pod`];
  return [];
}

/** The pod outlives the grace of what is in it; that of a worker outlasts the longest execution, which compiles and runs. */
function graceFaults(manifests: readonly Manifest[], workloads: readonly Workload[]): string[] {
  const longest = Math.max(
    ...workloads.flatMap(({ containers }) =>
      containers.map((container) => 2 * Number(environmentOf(container, manifests)['MAX_TIMEOUT_SECONDS'] ?? 0)),
    ),
  );
  return workloads.flatMap(({ name, containers, graceSeconds }) => {
    const graces = containers.map((one) => Number(environmentOf(one, manifests)['SHUTDOWN_GRACE_SECONDS'] ?? 0));
    const faults = Math.max(...graces) >= graceSeconds ? [`${name}: is killed within its grace`] : [];
    const isWorker = containers.some((one) => one.name === 'worker');
    return isWorker && Math.min(...graces.filter((grace) => grace > 0)) < longest
      ? [...faults, `${name}: its grace is shorter than the longest execution`]
      : faults;
  });
}
