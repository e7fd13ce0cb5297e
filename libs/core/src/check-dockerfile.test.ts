import { describe, expect, test } from '@jest/globals';
import type { AppError } from '@gantry/contracts';
import { checkDockerfile, type CheckedDockerfile, type DockerfileRules } from './check-dockerfile.js';

const rules: DockerfileRules = {
  baseOf: (name) => (name === 'debian:12' ? null : name === 'alpine:3' ? 'alpine:3' : undefined),
  allowedBases: ['debian:12', 'alpine:3'],
  files: ['app.py', 'lib/a.txt', 'lib/b.txt', 'with space.txt'],
};
const check = (...lines: string[]): CheckedDockerfile => checkDockerfile(lines.join('\n'), rules);

/** The message for a Dockerfile that is fine but for this line. */
function refusal(line: string): string {
  try {
    check('FROM debian:12', line);
  } catch (error) {
    expect(error).toMatchObject({ code: 'custom_dockerfile_refused', fields: [{ path: 'custom_dockerfile' }] });
    return (error as AppError).message;
  }
  throw new Error(`${line} passed`);
}

describe('a custom Dockerfile', () => {
  test('is taken apart into its instructions, one line each, with the lines they came from', () => {
    const checked = check(
      '# A comment',
      'from debian:12',
      '',
      'ARG VERSION=1',
      'ENV A=1 B="two words" C=a\\ b',
      'ENV D all of this',
      'RUN apt-get update \\',
      '  # a comment inside',
      '  && apt-get install -y jq',
      'RUN ["echo", "hi"]',
      'COPY app.py lib/ /opt/',
      'COPY --chown=1000:1000 ["with space.txt", "./lib/a.txt", "/opt/"]',
      'COPY . /opt/all/',
      'WORKDIR /opt',
      'ENV PROXY_OF=$A$FTP_PROXY_PORT',
      'USER root',
      'USER 1000:1000\r',
      '',
    );
    expect(checked.base).toBeNull();
    expect(checked.instructions).toEqual([
      { word: 'ARG', argument: 'VERSION=1', line: 4 },
      { word: 'ENV', argument: 'A=1 B="two words" C=a\\ b', line: 5 },
      { word: 'ENV', argument: 'D all of this', line: 6 },
      { word: 'RUN', argument: 'apt-get update && apt-get install -y jq', line: 7 },
      { word: 'RUN', argument: '["echo", "hi"]', line: 10 },
      { word: 'COPY', argument: 'app.py lib/ /opt/', line: 11 },
      { word: 'COPY', argument: '--chown=1000:1000 ["with space.txt", "./lib/a.txt", "/opt/"]', line: 12 },
      { word: 'COPY', argument: '. /opt/all/', line: 13 },
      { word: 'WORKDIR', argument: '/opt', line: 14 },
      { word: 'ENV', argument: 'PROXY_OF=$A$FTP_PROXY_PORT', line: 15 },
      { word: 'USER', argument: 'root', line: 16 },
      { word: 'USER', argument: '1000:1000', line: 17 },
    ]);
  });

  test('may be on another base that is allowed', () => {
    expect(check('FROM alpine:3').base).toBe('alpine:3');
  });

  test.each([
    ['ADD http://evil/a /', /ADD is not allowed, for it fetches/],
    ['add app.py /', /ADD is not allowed/],
    ['ENTRYPOINT ["sh"]', /ENTRYPOINT/],
    ['CMD sh', /CMD/],
    ['LABEL gantry.deployment=x', /LABEL/],
    ['VOLUME /x', /VOLUME/],
    ['SHELL ["sh"]', /SHELL/],
    ['HEALTHCHECK NONE', /HEALTHCHECK/],
    ['ONBUILD RUN id', /ONBUILD/],
    ['STOPSIGNAL 9', /STOPSIGNAL/],
    ['EXPOSE 80', /EXPOSE/],
    ['MAINTAINER me', /MAINTAINER/],
    ['FROM debian:12', /once, at the beginning/],
    ['FROB x', /FROB is not an instruction/],
    ['RUN', /must say something/],
    ['RUN --network=host id', /options/],
    ['RUN --security=insecure id', /options/],
    ['RUN --mount=type=bind,source=/,target=/h id', /options/],
    ['RUN cat <<EOF > /x', /heredoc/],
    ['RUN <<-"EOF"', /heredoc/],
    ['COPY <<EOF /x', /heredoc/],
    ['COPY --from=other /a /b', /options/],
    ['COPY --link app.py /', /options/],
    ['COPY --chown=$X app.py /', /--chown/],
    ['COPY --chown=1:1 --from=x app.py /', /options/],
    ['COPY app.py', /sources/],
    ['COPY other.py /', /"other.py" is not among files/],
    ['COPY li /', /"li" is not among files/],
    ['COPY /etc/passwd /', /"\/etc\/passwd" is not among files/],
    ['COPY ../app.py /', /\.\./],
    ['COPY app.py /opt/../etc/', /\.\./],
    ['COPY *.py /', /plain paths/],
    ['COPY $FILE /', /plain paths/],
    ['COPY ["app.py"', /sources/],
    ['COPY "app.py /', /sources/],
    ['ENV LD_PRELOAD=/x', /LD_PRELOAD loads code/],
    ['ENV A=1 PATH=/x', /PATH loads code/],
    ['ENV A="x y" https_proxy=http://evil', /https_proxy/],
    ['ENV LD_PRELOAD /x', /LD_PRELOAD/],
    ['ENV A', /NAME=value/],
    ['ENV ${X}=1', /NAME=value/],
    ['ENV A="open', /NAME=value/],
    ['ARG HTTP_PROXY', /HTTP_PROXY/],
    ['ARG a b=1 npm_config_registry=x', /npm_config_registry/],
    ['ENV X=$FTP_PROXY', /proxy variable/],
    ['ENV X=$ftp_proxy', /proxy variable/],
    ['ENV X="${HTTPS_PROXY}"', /proxy variable/],
    ['ENV A=1 B=x${NO_PROXY:-none}', /proxy variable/],
    ['ENV X=${A:-${all_proxy:+x}}', /proxy variable/],
    ['ENV X $HTTP_PROXY', /proxy variable/],
    ['ENV X=a$Ftp_Proxy-b', /proxy variable/],
    ['ARG A=$FTP_PROXY', /proxy variable/],
    ['WORKDIR /$https_proxy', /proxy variable/],
    ['USER $http_proxy', /proxy variable/],
    ['COPY $HTTP_PROXY /', /proxy variable/],
    ['WORKDIR /a/../b', /plain path/],
    ['WORKDIR $HOME', /plain path/],
    ['USER $X', /user/],
    ['USER root extra', /user/],
    ['RUN echo \\', /past the end/],
    ['# escape=`', /directives/],
    ['#syntax=docker/dockerfile:1', /directives/],
    ['RUN echo \u0000', /control/],
    ['RUN echo a\u2028ADD', /control/],
    ['RUN a\rADD b /', /control/],
  ])('is refused for %j, with the line', (line, message) => {
    expect(refusal(line)).toMatch(message);
    expect(refusal(line)).toContain('line 2');
  });

  test.each([
    ['', /line 1: must begin with FROM/],
    ['RUN id', /must begin with FROM/],
    ['ARG X=1\nFROM debian:$X', /must begin with FROM/],
    ['FROM evil:1', /FROM must be one of: debian:12, alpine:3/],
    ['FROM debian:12 AS x', /without options and AS/],
    ['FROM --platform=x debian:12', /without options/],
    ['FROM scratch', /FROM must be one of/],
    [`FROM debian:12\n${'RUN id\n'.repeat(201)}`, /more than 200/],
  ])('is refused as a whole: %j', (text, message) => {
    expect(() => checkDockerfile(text, rules)).toThrow(message);
  });

  test('has all its faults told at once', () => {
    try {
      check('FROM evil', 'ADD a b', 'RUN id', 'CMD x');
      throw new Error('passed');
    } catch (error) {
      expect((error as AppError).fields.map((field) => field.message.slice(0, 7))).toEqual([
        'line 1:',
        'line 2:',
        'line 4:',
      ]);
    }
  });
});
