import { describe, expect, test } from '@jest/globals';
import {
  askingPanels,
  loadDashboards,
  loadRules,
  loadRuleTests,
  type Dashboard,
  type Panel,
} from '../support/dashboards.js';
import {
  documentedAlerts,
  documentedMetrics,
  documentedRecordings,
  foreignMetrics,
  type DocumentedMetric,
} from '../support/metrics-page.js';
import { groupingsOf, selectionsOf } from '../support/promql.js';

const documented = new Map<string, DocumentedMetric>([...documentedMetrics()].flatMap(([, metrics]) => [...metrics]));
const rules = loadRules();
const recorded = new Map(rules.flatMap((rule) => (rule.record === undefined ? [] : [[rule.record, rule.expr]])));
/** Prometheus makes these itself. */
const BUILT_IN = new Set(['ALERTS', 'up']);
/** Every series has these, by the process that tells it or by the scrape. */
const EVERYWHERE = ['service', 'instance', 'job'];

function metricOf(name: string): DocumentedMetric | undefined {
  const base = name.replace(/_(bucket|sum|count)$/, '');
  const metric = documented.get(base);
  return base !== name && metric?.type === 'histogram' ? metric : documented.get(name);
}

/** What is wrong with the names in an expression. */
function faultsOf(expression: string): string[] {
  return selectionsOf(expression).flatMap(({ name, labels }) => {
    if (BUILT_IN.has(name) || foreignMetrics().includes(name) || recorded.has(name)) return [];
    const metric = metricOf(name);
    if (!metric) return [`${name} is not in docs/metrics.md`];
    const known = new Set([...metric.labels, ...EVERYWHERE, 'le']);
    const named = [...labels, ...(selectionsOf(expression).length === 1 ? groupingsOf(expression) : [])];
    return named.filter((label) => !known.has(label)).map((label) => `${name} has no label ${label}`);
  });
}

const overlap = (a: Panel['gridPos'], b: Panel['gridPos']): boolean =>
  a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

const dashboards = loadDashboards();

describe('dashboards', () => {
  test('are the four that the page tells of, each with an address of its own', () => {
    expect(dashboards.map(({ title }) => title).sort()).toEqual([
      'Gantry: overview',
      'Gantry: reliability',
      'Gantry: tenants',
      'Gantry: workers and pools',
    ]);
    expect(new Set(dashboards.map(({ uid }) => uid)).size).toBe(dashboards.length);
  });

  describe.each(dashboards.map((dashboard): [string, Dashboard] => [dashboard.title, dashboard]))(
    '%s',
    (_, dashboard) => {
      const asking = askingPanels(dashboard);

      test('has the present form, and asks for the data source by its variable', () => {
        expect(dashboard.schemaVersion).toBe(42);
        expect(dashboard.tags).toContain('gantry');
        expect(dashboard.templating.list[0]).toMatchObject({
          name: 'datasource',
          type: 'datasource',
          query: 'prometheus',
        });
        const sources = asking.flatMap(({ datasource, targets }) => [
          datasource,
          ...targets.map((each) => each.datasource),
        ]);
        for (const source of sources) expect(source).toEqual({ type: 'prometheus', uid: '${datasource}' });
      });

      test('has panels that lie beside each other on 24 columns, each with a number and a title of its own', () => {
        const { panels } = dashboard;
        expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
        expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
        for (const [i, { gridPos, title }] of panels.entries()) {
          expect([title, gridPos.x >= 0 && gridPos.x + gridPos.w <= 24 && gridPos.h > 0 && gridPos.w > 0]).toEqual([
            title,
            true,
          ]);
          const others = panels.slice(i + 1).filter((other) => overlap(gridPos, other.gridPos));
          expect([title, others.map((other) => other.title)]).toEqual([title, []]);
        }
      });

      test.each(asking.map((panel): [string, (typeof asking)[number]] => [panel.title, panel]))(
        'panel "%s" explains itself: description, unit, thresholds, legends',
        (_title, { description = '', fieldConfig, targets }) => {
          expect(description).toMatch(/^\w.{24,}[.)]$/s);
          expect(fieldConfig?.defaults.unit).toMatch(/\S/);
          const steps = fieldConfig?.defaults.thresholds?.steps ?? [];
          expect(steps[0]?.value).toBeNull();
          const values = steps.slice(1).map(({ value }) => value ?? NaN);
          expect(values).toEqual([...values].sort((a, b) => a - b));
          expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
          for (const { legendFormat, instant, range } of targets) {
            expect(legendFormat).toMatch(/\S/);
            expect(instant).toBe(!range);
          }
        },
      );

      test('names only metrics and labels that the page has', () => {
        expect(asking.flatMap(({ targets }) => targets.flatMap(({ expr }) => faultsOf(expr)))).toEqual([]);
      });

      test('uses the variables that it has, and no other', () => {
        const text = JSON.stringify(asking.map(({ targets }) => targets));
        const used = new Set([...text.matchAll(/\$\{?([a-z]\w*)\}?/g)].map((match) => match[1] ?? ''));
        expect([...used].sort()).toEqual(dashboard.templating.list.map(({ name }) => name).sort());
      });
    },
  );
});

describe('rules', () => {
  const alerts = rules.filter((rule) => rule.alert !== undefined);

  test('name only metrics and labels that the page has', () => {
    expect(rules.flatMap(({ expr }) => faultsOf(expr))).toEqual([]);
  });

  test('record what the page tells of, and nothing else', () => {
    expect([...recorded.keys()].sort()).toEqual(documentedRecordings().sort());
  });

  test.each(alerts.map((rule): [string, (typeof alerts)[number]] => [rule.alert ?? '', rule]))(
    '%s says how bad it is, what it means and what to do',
    (name, { labels, annotations }) => {
      expect(['critical', 'warning']).toContain(labels?.['severity']);
      expect(annotations?.['summary']).toMatch(/\S/);
      expect((annotations?.['description'] ?? '').length).toBeGreaterThan(80);
      expect(annotations?.['runbook']).toBe(`docs/metrics.md#${name.toLowerCase()}`);
      expect(documentedAlerts()).toContain(name);
    },
  );

  test('the page explains no alert that does not exist', () => {
    expect(documentedAlerts().sort()).toEqual(alerts.map(({ alert }) => alert ?? '').sort());
  });

  test('every alert is tested to fire and to stay silent', () => {
    const tested = loadRuleTests();
    const wanted = alerts.flatMap(({ alert }) => [`${alert} fires`, `${alert} stays silent`]);
    expect(tested).toEqual(expect.arrayContaining(wanted));
  });
});
