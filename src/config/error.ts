/** Something is wrong with what the user wrote: a setting, a file, a name. The message says where, what, and the fix. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  /** One complaint a line, each `file:line:column: what; fix`. None of them quotes a value. */
  readonly complaints: readonly string[];

  constructor(complaints: string | readonly string[]) {
    const list = typeof complaints === 'string' ? [complaints] : complaints;
    super(list.join('\n'));
    this.complaints = list;
  }
}
