import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { ROOT } from './process.js';

export interface PanelTarget {
  refId: string;
  expr: string;
  legendFormat: string;
  instant: boolean;
  range: boolean;
  datasource: { type: string; uid: string };
}

export interface Panel {
  id: number;
  type: string;
  title: string;
  description?: string;
  gridPos: { x: number; y: number; w: number; h: number };
  datasource?: { type: string; uid: string };
  fieldConfig?: { defaults: { unit?: string; thresholds?: { steps: { color: string; value: number | null }[] } } };
  options?: Record<string, unknown>;
  targets?: PanelTarget[];
}

export interface Dashboard {
  file: string;
  uid: string;
  title: string;
  description: string;
  schemaVersion: number;
  tags: string[];
  panels: Panel[];
  templating: { list: { name: string; type: string; query: unknown; allValue?: string }[] };
}

const DASHBOARDS = path.join(ROOT, 'deploy/grafana/dashboards');
export const PROMETHEUS = path.join(ROOT, 'deploy/prometheus');

export function loadDashboards(): Dashboard[] {
  const files = readdirSync(DASHBOARDS).filter((file) => file.endsWith('.json'));
  return files.map((file) => ({
    ...(JSON.parse(readFileSync(path.join(DASHBOARDS, file), 'utf8')) as Dashboard),
    file,
  }));
}

/** All panels that ask for something. */
export function askingPanels({ panels }: Dashboard): (Panel & { targets: PanelTarget[] })[] {
  return panels.flatMap((panel) => (panel.targets ? [{ ...panel, targets: panel.targets }] : []));
}

export interface Rule {
  record?: string;
  alert?: string;
  expr: string;
  for?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

export function loadRules(): Rule[] {
  return yamlFiles('rules').flatMap((file) =>
    (file as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules),
  );
}

/** Names of the tests of rules. */
export function loadRuleTests(): string[] {
  return yamlFiles('tests').flatMap((file) => (file as { tests: { name: string }[] }).tests.map(({ name }) => name));
}

function yamlFiles(folder: string): unknown[] {
  const directory = path.join(PROMETHEUS, folder);
  const files = readdirSync(directory).filter((file) => file.endsWith('.yml'));
  return files.map((file) => parse(readFileSync(path.join(directory, file), 'utf8')) as unknown);
}
