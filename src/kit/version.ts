import packageJson from '#package.json' with { type: 'json' }

/** Of this program, as `--version` prints it. */
export const version: string = packageJson.version
