import { messageOf } from '@gantry/contracts';
import { DockerSandbox } from './docker-sandbox.js';
import { PROBE_LIMITS } from './probe-limits.js';
import { type ProbeCheck, PROBE_SCRIPT, probeChecks } from './probe-report.js';
import type { ReadyContainer } from './ready-container.js';
import { containerLimits, type SandboxRequest } from './sandbox-class.js';

const PROBE_MS = 30_000;

/**
 * Starts one sandbox on this very engine and looks from inside at what confines it. Never throws: when no sandbox comes up at all, that is
 * the one check that failed. The image needs `/bin/sh` and `cat`.
 */
export async function probeEngine(
  create: (request: SandboxRequest, signal: AbortSignal) => Promise<ReadyContainer>,
  image: string,
): Promise<ProbeCheck[]> {
  const signal = AbortSignal.timeout(PROBE_MS);
  try {
    const container = await create(
      { image, limits: containerLimits(PROBE_LIMITS), preload: null, assignment: null },
      signal,
    );
    await using sandbox = new DockerSandbox(container, PROBE_LIMITS, 'cold');
    const { output, exitCode } = await look(sandbox, signal);
    const started = {
      name: 'sandbox',
      ok: exitCode === 0,
      message: `the probe ended with exit code ${String(exitCode)}`,
    };
    return [started, ...probeChecks(output, sandbox.info.limits, container.parts.uid)];
  } catch (error) {
    return [{ name: 'sandbox', ok: false, message: messageOf(error) }];
  }
}

async function look(sandbox: DockerSandbox, signal: AbortSignal): Promise<{ output: string; exitCode: number | null }> {
  const pieces: Uint8Array[] = [];
  const report = await sandbox.run(
    {
      argv: ['/bin/sh', '-c', PROBE_SCRIPT],
      env: { PATH: '/usr/bin:/bin' },
      cwd: '/workspace',
      files: [],
      stdin: new Uint8Array(),
      wallMs: PROBE_LIMITS.timeoutMs,
      cpuMs: null,
      maxOutputBytes: PROBE_LIMITS.maxOutputBytes,
      onOutputLimit: 'truncate',
      preload: null,
    },
    { write: (stream, bytes) => void (stream === 'stdout' && pieces.push(bytes)), gap: () => undefined },
    signal,
  );
  return { output: Buffer.concat(pieces).toString('utf8'), exitCode: report.exitCode };
}
