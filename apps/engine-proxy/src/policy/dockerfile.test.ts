import { describe, expect, test } from '@jest/globals';
import { basesOf, dockerfileFault } from './dockerfile.js';

const ID = `sha256:${'ab'.repeat(32)}`;
const ours = [
  `FROM ${ID} AS gantry`,
  `FROM ${ID}`,
  'LABEL gantry.build="1"',
  'USER root',
  'COPY certificates/ /usr/local/share/ca-certificates/gantry/',
  'RUN ["/bin/sh","-c","set -efu; apt-get install -y -- \\"$@\\"","sh","curl=7.88.1-10"]',
  'ENV A="x" B="\\$y"',
  'ARG V=1',
  'COPY --chown=1000:1000 ["files/a b","/app/"]',
  'WORKDIR /workspace',
  'COPY --from=gantry /opt/gantry/gantry-init /opt/gantry/gantry-init',
  'ENTRYPOINT ["/opt/gantry/gantry-init"]',
  'CMD []',
  `LABEL gantry.recipe="img_${'ab'.repeat(16)}" gantry.base-image="${ID}" gantry.image-deployment="acme"`,
];
const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
const fault = (lines: readonly string[]): string | null => dockerfileFault(text(lines), 'acme');

test('what our template writes passes', () => {
  expect(fault(ours)).toBeNull();
});

describe('one more line is refused', () => {
  test.each([
    'ADD http://169.254.169.254/latest/meta-data /x',
    'ADD files/a /a',
    'add http://10.0.0.1/ /x',
    ' ADD http://10.0.0.1/ /x',
    '\tADD http://10.0.0.1/ /x',
    '# escape=`',
    '# syntax=docker/dockerfile:1',
    '',
    'FROM debian:12',
    'FROM --platform=linux/arm64 scratch',
    `FROM ${ID} AS other`,
    'FROM ${BASE}',
    'COPY --from=debian:12 /etc/passwd /x',
    'COPY --from=0 /etc/passwd /x',
    'COPY  --from=debian:12 /etc/passwd /x',
    'COPY \t--from=debian:12 /etc/passwd /x',
    'COPY --from=debian:12\t/etc/passwd /x',
    'COPY \u00a0--from=debian:12 /etc/passwd /x',
    'COPY \u0085--from=debian:12 /etc/passwd /x',
    'COPY --chown=1:1  --from=debian:12 /etc/passwd /x',
    'COPY --from=gantry --from=debian:12\t/etc/passwd /x',
    'COPY --link files/a /a',
    'COPY <<EOF /x',
    'RUN curl x',
    'RUN --mount=type=bind,source=/,target=/x ["x"]',
    'RUN --network=host ["x"]',
    'RUN --security=insecure ["x"]',
    'RUN []',
    'RUN ["a",1]',
    'ENV A=b \\',
    'VOLUME /x',
    'ONBUILD RUN ["x"]',
    'SHELL ["/bin/sh"]',
    'HEALTHCHECK CMD x',
    'EXPOSE 80',
    'STOPSIGNAL 9',
    'MAINTAINER x',
    'LABEL gantry.deployment="acme"',
    'LABEL gantry.image-deployment="other"',
    'LABEL gantry.recipe="a" x="b"',
    'LABEL "gantry.deployment"=acme',
    'LABEL gantry.recipe=$X',
    'ENV A=b\rADD http://10.0.0.1/ /x',
  ])('%s', (line) => {
    expect(fault([...ours, line])).toMatch(/^line 15 /);
  });
});

test('its bases are told once each', () => {
  const other = `sha256:${'cd'.repeat(32)}`;
  expect(basesOf(text([`FROM ${ID} AS gantry`, `FROM ${other}`, `FROM ${ID}`, 'ENV X="FROM sha256"']))).toEqual([
    ID,
    other,
  ]);
});

test('a stage must be there before it is copied from: its name would be an image', () => {
  expect(fault([`FROM ${ID}`, 'COPY --from=gantry /a /b'])).toMatch(/^line 2 .* stage/);
});

test.each([[''], ['FROM'], ['RUN ["x"]\n'], [`FROM ${ID}`]])('%j is no Dockerfile of ours', (content) => {
  expect(dockerfileFault(content, 'acme')).not.toBeNull();
});
