import { FILE_PRELUDE } from './file-scripts.js';

/**
 * The room that each tenant takes beside uploaded files, by what takes it. KEYS[1] is the prefix, ARGV[1] the tenant.
 * The keys are told in storage-lua.ts.
 */

/** ARGV: tenant entry bytes until cap|'' execution|''. { 1 held | 0 over the cap, what the tenant takes now }. With an execution: the cap it was submitted with. */
export const HOLD_STORAGE = `${FILE_PRELUDE}
local cap = ARGV[5]
if ARGV[6] ~= '' then cap = redis.call('HGET', P .. ':x:' .. ARGV[6], 'storage') or '' end
local held, taken = take_room(ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], cap)
return { held and 1 or 0, str(taken) }
`;

/** ARGV: tenant entry */
export const RELEASE_STORAGE = `${FILE_PRELUDE}
let_go(ARGV[1], ARGV[2])
return 1
`;
