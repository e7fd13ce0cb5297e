/**
 * Names of all keys and channels. The prefix is one hash tag, so that in a Redis Cluster every script touches one slot:
 * scripts get the prefix as their only key and build the rest like this file does.
 */
export interface Keys {
  prefix: string;
  record(id: string): string;
  events(id: string): string;
  /** Output whose events had to leave the log. */
  output(id: string): string;
  /** Jobs of a tenant, by creation time. */
  index(tenant: string): string;
  workers: string;
  /** What workers were asked to do, and the channel that says so. */
  workerOrders: string;
  /** Images that a tenant knows, by since when. */
  imagesOf(tenant: string): string;
  /** Digests of keys of the API that have changed. */
  keyChangesChannel: string;
  /** Ids of images that nobody knows any more. */
  imagesGoneChannel: string;
  /** Ids of jobs whose end is to be told. */
  webhookNewsChannel: string;
  /** What a tenant's webhooks are signed with. */
  webhookSecrets(tenant: string): string;
  /** Lanes in which there is more to take, those that require nothing left out. */
  laneNewsChannel: string;
  /** Says that there is more to read about one job. */
  liveChannel(id: string): string;
  /** Ids of jobs that have ended. */
  endsChannel: string;
  /** Says that there is input for a program. */
  inputChannel(id: string): string;
  /** Ids of running jobs that shall be cancelled. */
  cancelChannel: string;
}

/** @param space of a family of jobs; `null` = the deployment's own, which is that of the executions */
export function keysFor(deployment: string, space: string | null = null): Keys {
  const prefix = space === null ? `{${deployment}}` : `{${deployment}}:${space}`;
  return {
    prefix,
    record: (id) => `${prefix}:x:${id}`,
    events: (id) => `${prefix}:x:${id}:events`,
    output: (id) => `${prefix}:x:${id}:output`,
    index: (tenant) => `${prefix}:index:${tenant}`,
    workers: `${prefix}:workers`,
    workerOrders: `${prefix}:worker-orders`,
    imagesOf: (tenant) => `${prefix}:images-of:${tenant}`,
    keyChangesChannel: `${prefix}:key-changes`,
    imagesGoneChannel: `${prefix}:images-gone`,
    laneNewsChannel: `${prefix}:lane-news`,
    webhookNewsChannel: `${prefix}:webhook-news`,
    webhookSecrets: (tenant) => `${prefix}:webhook-secrets:${tenant}`,
    liveChannel: (id) => `${prefix}:live:${id}`,
    endsChannel: `${prefix}:ends`,
    inputChannel: (id) => `${prefix}:input:${id}`,
    cancelChannel: `${prefix}:cancel`,
  };
}
