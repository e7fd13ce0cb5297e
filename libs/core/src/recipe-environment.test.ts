import { describe, expect, test } from '@jest/globals';
import type { Recipe } from '@gantry/contracts';
import { recipeEnvironment } from './recipe-environment.js';

const recipe = (env: Record<string, string>, ...lines: [word: 'ENV' | 'RUN' | 'ARG', argument: string][]): Recipe => ({
  schema: 1,
  base: null,
  runtimes: [],
  layers: [],
  env,
  dockerfile: { instructions: lines.map(([word, argument], i) => ({ word, argument, line: i + 2 })), files: [] },
});

describe('the environment of an image', () => {
  test('is that of the request, with what ENV of a custom Dockerfile adds', () => {
    const made = recipe(
      { A: '1', B: 'old' },
      ['ENV', `B=new C="two words" D=a\\ b E='$A' F="$A-\${B}" G=`],
      ['RUN', 'export X=1'],
      ['ARG', 'Y=1'],
      ['ENV', 'H all of  this'],
      ['ENV', 'I="a \\"quoted\\" word" J=$NONE.'],
    );
    expect(recipeEnvironment(made)).toEqual({
      A: '1',
      B: 'new',
      C: 'two words',
      D: 'a b',
      E: '$A',
      F: '1-old',
      G: '',
      H: 'all of  this',
      I: 'a "quoted" word',
      J: '.',
    });
  });

  test('is that of the request alone where there is no custom Dockerfile', () => {
    expect(recipeEnvironment({ ...recipe({ A: '1' }), dockerfile: null })).toEqual({ A: '1' });
  });
});
