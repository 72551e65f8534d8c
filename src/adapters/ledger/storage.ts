import { closeSync, mkdirSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DependencyFailure } from '../../domain/failure.ts';
import { corrupt } from './failure.ts';

/** File systems on which SQLite's locks and WAL cannot be trusted (https://www.sqlite.org/wal.html, "same host"). */
const NETWORK_FILE_SYSTEMS = new Set([
  'afs',
  'ceph',
  'cifs',
  'glusterfs',
  'lustre',
  'nfs',
  'nfs4',
  'smb3',
  'smbfs',
  'fuse.ceph',
  'fuse.glusterfs',
  'fuse.gcsfuse',
  'fuse.rclone',
  'fuse.s3fs',
  'fuse.sshfs',
]);

const SQLITE_HEADER = 'SQLite format 3\0';

/**
 * Makes the ledger's folder (0700) and file (0600) and looks at what is already there, before SQLite touches it.
 *
 * @throws DependencyFailure `ledger-unavailable` on a network file system or without permission, `disk-full`, or
 *   `ledger-corrupt` when the file is no SQLite database
 */
export function prepareFile(path: string): void {
  const file = resolve(path);
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    refuseNetworkFileSystem(dirname(file), mounts());
    closeSync(openSync(file, 'a', 0o600));
    const damaged = statSync(file).size > 0 && header(file) !== SQLITE_HEADER;
    if (damaged) throw corrupt(path);
  } catch (error) {
    if (error instanceof DependencyFailure) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    const type = code === 'ENOSPC' || code === 'EDQUOT' ? 'disk-full' : 'ledger-unavailable';
    throw new DependencyFailure(type, { where: path }, `its folder or file cannot be made or read (${code})`);
  }
}

/**
 * @param folder absolute path
 * @param mountinfo text of `/proc/self/mountinfo` (proc_pid_mountinfo(5)); empty where there is none
 * @throws DependencyFailure `ledger-unavailable` when the folder lies on a network file system
 */
export function refuseNetworkFileSystem(folder: string, mountinfo: string): void {
  let best = { point: '', type: '' };
  for (const line of mountinfo.split('\n')) {
    const [left, right] = line.split(' - ');
    const point = left?.split(' ')[4]?.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(parseInt(octal, 8)));
    const type = right?.split(' ')[0];
    if (point === undefined || type === undefined) continue;
    const inside = point === '/' || folder === point || folder.startsWith(`${point}/`);
    // A later line of the same mount point covers the earlier one.
    if (inside && point.length >= best.point.length) best = { point, type };
  }
  if (!NETWORK_FILE_SYSTEMS.has(best.type)) return;
  throw new DependencyFailure(
    'ledger-unavailable',
    { where: folder },
    `${best.point} is a network file system (${best.type}), where SQLite loses data; put the project's folder on a local disk`,
  );
}

function mounts(): string {
  if (process.platform !== 'linux') return '';
  try {
    return readFileSync('/proc/self/mountinfo', 'utf8');
  } catch {
    return '';
  }
}

function header(file: string): string {
  const descriptor = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(SQLITE_HEADER.length);
    const length = readSync(descriptor, bytes, 0, bytes.length, 0);
    return bytes.toString('latin1', 0, length);
  } finally {
    closeSync(descriptor);
  }
}
