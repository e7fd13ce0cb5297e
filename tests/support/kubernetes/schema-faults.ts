import * as keda from '@kubernetes-models/keda/keda.sh/v1alpha1';
import * as apps from 'kubernetes-models/apps/v1';
import * as autoscaling from 'kubernetes-models/autoscaling/v2';
import * as networking from 'kubernetes-models/networking.k8s.io/v1';
import * as policy from 'kubernetes-models/policy/v1';
import * as core from 'kubernetes-models/v1';
import type { Manifest } from './manifest.js';

interface Model {
  validate(): void;
}
type ModelClass = new (data: never) => Model;

const MODELS: Record<string, Record<string, unknown>> = {
  v1: core,
  'apps/v1': apps,
  'autoscaling/v2': autoscaling,
  'networking.k8s.io/v1': networking,
  'policy/v1': policy,
  'keda.sh/v1alpha1': keda,
};

/** What the schema of its kind finds wrong, unknown fields included, which the schemas of Kubernetes let pass. */
export function schemaFaults(manifest: Manifest): string[] {
  const name = `${manifest.kind} ${manifest.metadata.name}`;
  const Kind = MODELS[manifest.apiVersion]?.[manifest.kind] as ModelClass | undefined;
  if (!Kind) return [`${name}: there is no ${manifest.kind} in ${manifest.apiVersion}`];
  const reads = new Reads();
  try {
    // The check of the class, on what the class would have copied.
    Kind.prototype.validate.call(reads.observe(manifest));
  } catch (error) {
    return [`${name}: ${(error as Error).message}`];
  }
  return reads.unread(manifest).map((path) => `${name}: ${path} is no field of it`);
}

/** Notes what is looked at of an object. The compiled check of a schema looks at every field that it knows, and at no other by its name. */
class Reads {
  readonly #known = new Map<object, Set<PropertyKey> | 'all'>();
  readonly #observed = new Map<object, object>();

  observe(value: object): object {
    const known = new Set<PropertyKey>();
    this.#known.set(value, known);
    const observed = new Proxy(value, {
      get: (target, key) => {
        known.add(key);
        const inner: unknown = Reflect.get(target, key);
        if (typeof inner !== 'object' || inner === null) return inner;
        return this.#observed.get(inner) ?? this.observe(inner);
      },
      // A map of names of the user's own is gone through as a whole.
      ownKeys: (target) => {
        this.#known.set(value, 'all');
        return Reflect.ownKeys(target);
      },
    });
    this.#observed.set(value, observed);
    return observed;
  }

  /** Paths of fields that nobody has looked at. */
  unread(value: object, path = ''): string[] {
    const known = this.#known.get(value);
    return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
      const at = path === '' ? key : `${path}.${key}`;
      if (known !== 'all' && !Array.isArray(value) && !known?.has(key)) return [at];
      return typeof inner === 'object' && inner !== null ? this.unread(inner, at) : [];
    });
  }
}
