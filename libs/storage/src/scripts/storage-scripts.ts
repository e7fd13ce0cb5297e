import { FILE_PRELUDE } from './file-scripts.js';

/**
 * The room that each tenant takes beside uploaded files, by what takes it. KEYS[1] is the prefix, ARGV[1] the tenant.
 * The keys are told in storage-lua.ts.
 */

/** ARGV: tenant entry bytes until cap|''|'last'. { 1 held | 0 over the cap, what the tenant takes now }; 'last': the cap of the last submit. */
export const HOLD_STORAGE = `${FILE_PRELUDE}
local entry, bytes, cap = ARGV[2], tonumber(ARGV[3]), ARGV[5]
if cap == 'last' then cap = redis.call('HGET', P .. ':storage-caps', ARGV[1]) or '' end
local before = tonumber(redis.call('HGET', kept_of(ARGV[1]), entry) or '0')
local taken = tonumber(redis.call('HGET', totals, 'bytes') or '0') + kept_bytes(ARGV[1])
if bytes > before and cap ~= '' and taken - before + bytes > tonumber(cap) then return { 0, str(taken) } end
hold(ARGV[1], entry, bytes, ARGV[4])
return { 1, str(taken - before + bytes) }
`;

/** ARGV: tenant entry */
export const RELEASE_STORAGE = `${FILE_PRELUDE}
let_go(ARGV[1], ARGV[2])
return 1
`;
